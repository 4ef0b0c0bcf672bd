from boardlink.server import HTTPResponse
