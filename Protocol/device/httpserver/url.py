from boardlink.server import HTTPRequest, InvalidRequest, query
