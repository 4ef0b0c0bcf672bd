from boardlink.url import HTTPRequest, InvalidRequest, query
