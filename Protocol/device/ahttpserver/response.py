from boardlink.response import HTTPResponse
