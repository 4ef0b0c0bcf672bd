import Testing

@testable import APIClient

@Suite struct GatewayAddressTests {
  @Test(
    arguments: [
      ("127.0.0.1:8080", "127.0.0.1:8080"), (":9000", "127.0.0.1:9000"), ("pi.lan", "pi.lan:8080"),
      ("[::1]:80", "[::1]:80"), ("[::1]", "[::1]:8080"), ("http://pi:81/", "pi:81"),
      ("localhost:0", "localhost:0"), ("unix:/run/x/boardwalk", "unix:/run/x/boardwalk"),
    ])
  func right(text: String, address: String) {
    #expect(GatewayAddress(text)?.description == address)
  }

  @Test(arguments: [
    "", "::1:80", "host:port", "127.0.0.1:70000", "a b:80", "a:80\r\nX: y", "https://a:80",
    "a/b:80",
    "a:-1", "a:", "unix:", "unix:x", "unix:/run/", "unix:/" + String(repeating: "x", count: 107),
  ])
  func wrong(text: String) {
    #expect(GatewayAddress(text) == nil)
  }

  @Test func aUnixSocket() {
    let address = GatewayAddress("unix:/run/x")
    #expect(address?.socketPath == "/run/x")
    #expect(address?.isLoopback == true)
    #expect(address?.reachable == address)
    #expect(address?.hostField == "localhost")
  }

  @Test func reachable() {
    #expect(GatewayAddress("0.0.0.0:1")?.reachable == GatewayAddress(host: "127.0.0.1", port: 1))
    #expect(GatewayAddress("[::]:1")?.reachable == GatewayAddress(host: "::1", port: 1))
  }
}
