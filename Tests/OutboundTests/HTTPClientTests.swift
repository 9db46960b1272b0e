import CourantTesting
import Outbound
import Testing

@Suite(.timeLimit(.minutes(20))) struct `The HTTP client` {
    let http = HTTPClient()

    private func service() async throws -> CaptchaStub { try await CaptchaStub { _ in (200, "{}") } }

    @Test func `sends a body and headers, and takes the answer whatever its status`() async throws {
        let service = try await service()
        let body = Array("å body".utf8)
        let answer = try await http.send(
            HTTPRequest(.put, service.url("/echo"), headers: [HTTPHeader("X-Test", "head ")], body: body))
        #expect(answer.status == 201 && answer.text == "head å body" || answer.text == "headå body")
        #expect(answer["content-type"] == "application/json")
        #expect(try await http.send(HTTPRequest(.get, service.url("/nothing"))).status == 404)
    }

    @Test func `answers many at once`() async throws {
        let service = try await service()
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for size in 0..<200 {
                group.addTask { try await http.send(HTTPRequest(.get, service.url("/size/\(size)"))).body.count }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 199 * 100)
    }

    @Test func `follows no redirect`() async throws {
        let service = try await service()
        let answer = try await http.send(HTTPRequest(.get, service.url("/redirect")))
        #expect(answer.status == 303 && answer["Location"] == "/size/1")
    }

    @Test func `takes no more than was asked for`() async throws {
        let service = try await service()
        let fits = HTTPRequest(.get, service.url("/size/1000"), longestAnswer: 1000)
        #expect(try await http.send(fits).body.count == 1000)
        await #expect(throws: HTTPFailure.tooLarge) {
            try await http.send(HTTPRequest(.get, service.url("/size/1001"), longestAnswer: 1000))
        }
    }

    @Test func `waits no longer than it was told`() async throws {
        let service = try await service()
        await #expect(throws: HTTPFailure.timedOut) {
            try await http.send(HTTPRequest(.get, service.url("/slow"), timeout: .milliseconds(50)))
        }
    }

    /// libcurl 7.88 forgets the time of those who wait for a connection.
    @Test func `waits no longer than it was told for a connection either`() async throws {
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let service = try await CaptchaStub { _ in
            ask.yield()
            try? await Task.sleep(for: .seconds(30))
            return (200, "late")
        }
        var configuration = HTTPClient.Configuration()
        configuration.connectionsPerHost = 1
        let http = HTTPClient(configuration: configuration)
        let first = Task { try await http.send(HTTPRequest(.post, service.verifyURL, body: [])) }
        defer { first.cancel() }
        await asked.first { true }
        await #expect(throws: HTTPFailure.timedOut) {
            try await http.send(HTTPRequest(.get, service.url("/size/1"), timeout: .milliseconds(50)))
        }
    }

    @Test func `ends a transfer whose task is cancelled`() async throws {
        let service = try await service()
        let task = Task { try await http.send(HTTPRequest(.get, service.url("/slow"))) }
        await Task.yield()
        task.cancel()
        await #expect(throws: HTTPFailure.cancelled) { try await task.value }
    }

    @Test(arguments: ["ftp://example.org/", "file:///etc/passwd", "gopher://x", "", "http://a b/", "smtp://x"])
    func `speaks nothing but HTTP`(url: String) async throws {
        await #expect(throws: HTTPFailure.malformedRequest) { try await http.send(HTTPRequest(.get, url)) }
    }

    @Test func `lets no header end its line`() async throws {
        let request = HTTPRequest(.get, "http://127.0.0.1:1/", headers: [HTTPHeader("X", "a\r\nY: b")])
        await #expect(throws: HTTPFailure.malformedRequest) { try await http.send(request) }
    }

    @Test func `says that nobody listens, and that a certificate does not verify`() async throws {
        await #expect(throws: HTTPFailure.unreachable("Couldn't connect to server")) {
            try await http.send(HTTPRequest(.get, "http://127.0.0.1:1/"))
        }
        let service = try await service()
        do {
            _ = try await http.send(HTTPRequest(.get, "https://127.0.0.1:\(service.port)/"))
            Issue.record("no TLS there")
        } catch {
            guard case .insecure = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `reads an answer line by line`() async throws {
        let service = try await service()
        let (head, lines) = try await http.lines(HTTPRequest(.get, service.url("/lines/5000")))
        #expect(head.status == 200)
        var count = 0
        var last: [UInt8] = []
        for try await line in lines {
            if count < 5000 { #expect(line == Array("{\"line\":\(count)}".utf8)) }
            count += 1
            last = line
        }
        #expect(count == 5001 && last == Array("last".utf8))
    }

    @Test func `holds an endless answer back, and lets go of it`() async throws {
        let service = try await service()
        let (_, lines) = try await http.lines(HTTPRequest(.get, service.url("/endless")))
        var count = 0
        for try await line in lines {
            #expect(line.count == 1000)
            count += 1
            if count == 2000 { break }
        }
        #expect(count == 2000)
    }

    @Test func `takes no endless line`() async throws {
        let service = try await service()
        let (_, lines) = try await http.lines(HTTPRequest(.get, service.url("/size/100000"), longestAnswer: 1000))
        await #expect(throws: HTTPFailure.tooLarge) { for try await _ in lines {} }
    }
}
