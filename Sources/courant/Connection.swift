import CourantAPI
import Foundation
import Outbound

/// Our calls as HTTP requests, and HTTP's failures in a person's words. The only file that knows the HTTP client.
struct Connection: Sendable {
    private let client: HTTPClient
    private let url: ServiceURL
    private let token: Token

    init(_ login: Login) {
        var configuration = HTTPClient.Configuration()
        configuration.userAgent = "courant/\(Release.version)"
        // What goes to this computer itself is unencrypted, and no proxy's business.
        configuration.usesProxyOfEnvironment = login.url.isEncrypted
        configuration.certificateAuthorities = login.authorities?.path
        client = HTTPClient(configuration: configuration)
        url = login.url
        token = login.token
    }

    /// A call whose repetition changes nothing is made a second time where the connection broke.
    func send(_ call: Call) async throws(Failure) -> Answer {
        do {
            return try await exchange(call)
        } catch {
            guard case .unreachable = error, call.isRepeatable else { throw failure(error) }
        }
        do { return try await exchange(call) } catch { throw failure(error) }
    }

    private func exchange(_ call: Call) async throws(HTTPFailure) -> Answer {
        let response = try await client.send(request(call, accepting: "application/json"))
        return Answer(status: response.status, body: Data(response.body), date: response["Date"])
    }

    /// Line after line as it comes, until `take` wants no more or the other end closes.
    func lines(_ call: Call, _ take: (Data) throws -> Bool) async throws {
        do {
            let (head, lines) = try await client.lines(request(call, accepting: "application/x-ndjson"))
            guard head.status == 200 else { throw try await refusal(head.status, lines) }
            for try await line in lines where !line.isEmpty {
                guard try take(Data(line)) else { return }
            }
        } catch let error as HTTPFailure {
            throw failure(error)
        }
    }

    /// An error's body, which came as lines too.
    private func refusal(_ status: Int, _ lines: HTTPLines) async throws -> Failure {
        var body = Data()
        for try await line in lines { body += line }
        return Answer(status: status, body: body, date: nil).failure(at: url)
    }

    private func request(_ call: Call, accepting type: String) -> HTTPRequest {
        var headers = [
            HTTPHeader("Authorization", "Bearer \(token.text)"),
            HTTPHeader("Accept", "\(type), application/problem+json"),
        ]
        if call.body != nil { headers.append(HTTPHeader("Content-Type", call.contentType)) }
        if let key = call.key { headers.append(HTTPHeader("Idempotency-Key", key.description)) }
        let method: HTTPRequest.Method =
            switch call.method {
            case .get: .get
            case .post: .post
            case .patch: .patch
            case .put: .put
            case .delete: .delete
            }
        return HTTPRequest(
            method, url.description + call.path, headers: headers, body: call.body.map(Array.init),
            timeout: .seconds(60), longestAnswer: 16 * 1024 * 1024)
    }

    private func failure(_ failure: HTTPFailure) -> Failure {
        switch failure {
        case .malformedRequest: .usage("This cannot be asked of \(url)")
        case .unreachable(let reason): .unreachable(url, because: reason)
        case .inside: .unreachable(url, because: "its address is on the inside of the network")
        case .timedOut: .unreachable(url, because: "no answer within a minute")
        case .insecure(let reason): .insecure(url, because: reason)
        case .tooLarge: .garbled(url, "longer than any answer of Courant's")
        case .garbled(let reason): .garbled(url, reason)
        case .cancelled: .interrupted
        }
    }
}
