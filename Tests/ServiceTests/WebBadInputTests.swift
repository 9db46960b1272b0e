import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@testable import Web

/// For each public route: what is sent that should not be, and the exact answer.
@Suite struct WebBadInputTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var method: HTTPRequest.Method = .post
        var path = "/subscribe"
        var type: String? = "application/x-www-form-urlencoded"
        var body: [UInt8] = []
        var status: HTTPResponse.Status
        var words: String
        var testDescription: String { "\(method) \(path) \(type ?? "-") \(body.prefix(30)) -> \(status.code)" }

        static func good(_ method: HTTPRequest.Method, _ path: String, _ status: HTTPResponse.Status, _ words: String)
            -> Bad
        {
            Bad(method: method, path: path, type: nil, status: status, words: words)
        }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static let form = "application/x-www-form-urlencoded"
    private static let signUp = bytes("email=ann%40example.org&list=news")

    private static let subscribing: [Bad] = [
        Bad(type: nil, body: signUp, status: .unsupportedMediaType, words: "do not know that format"),
        Bad(type: "text/plain", body: signUp, status: .unsupportedMediaType, words: "do not know that format"),
        Bad(
            type: "\(form); charset=iso-8859-1", body: bytes("email=ann%40example.org&name=\u{E5}se"),
            status: .unsupportedMediaType,
            words: "that format"),
        Bad(type: "nonsense", body: signUp, status: .unsupportedMediaType, words: "do not know that format"),
        Bad(type: "multipart/form-data", body: signUp, status: .badRequest, words: "could not read that"),
        Bad(type: "multipart/form-data; boundary=b", body: signUp, status: .badRequest, words: "could not read that"),
        Bad(
            body: bytes("name=") + Array(repeating: UInt8(ascii: "a"), count: 10_000_000), status: .contentTooLarge,
            words: "larger than this form accepts"),
        Bad(body: bytes("email=a%zz"), status: .badRequest, words: "could not read that"),
        Bad(body: bytes("email=a%00"), status: .badRequest, words: "could not read that"),
        Bad(body: bytes("email=") + [0xFF], status: .badRequest, words: "could not read that"),
        Bad(body: bytes("name=%ff&email=ann%40example.org"), status: .badRequest, words: "could not read that"),
        Bad(
            body: bytes("email=a%40b.c&email=d%40e.f"), status: .unprocessableContent,
            words: "same field more than once"),
        Bad(body: bytes("email=a%40b.c&locale=en&locale=nb"), status: .unprocessableContent, words: "more than once"),
        Bad(body: [], status: .unprocessableContent, words: "Enter your email address"),
    ]

    private static let elsewhere: [Bad] = [
        .good(.get, "/nothing", .notFound, "We cannot find that page"),
        .good(.get, "//evil.example/x", .notFound, "We cannot find that page"),
        .good(.get, "/confirm/short", .notFound, "We do not know this link"),
        .good(.post, "/confirm/short", .notFound, "We do not know this link"),
        .good(.post, "/confirm/short/refuse", .notFound, "We do not know this link"),
        .good(.get, "/confirm/" + String(repeating: "A", count: 43), .gone, "This link has expired"),
        .good(.post, "/confirm/" + String(repeating: "A", count: 43), .gone, "Sign up again"),
        .good(.get, "/confirm/" + String(repeating: "A", count: 43) + "/refuse", .gone, "This link has expired"),
        .good(.post, "/confirm/" + String(repeating: "A", count: 43) + "/refuse", .gone, "This link has expired"),
        .good(.get, "/unsubscribe/forged", .notFound, "We do not know this link"),
        .good(.post, "/unsubscribe/" + String(repeating: "A", count: 47), .notFound, "We do not know this link"),
        .good(.get, "/assets/../pages/confirm.mustache", .notFound, "We cannot find that page"),
        .good(.get, "/assets/nothing.css", .notFound, "We cannot find that page"),
        .good(.post, "/", .methodNotAllowed, "That cannot be done here"),
        .good(.delete, "/unsubscribe/x", .methodNotAllowed, "That cannot be done here"),
        .good(HTTPRequest.Method("BREW") ?? .put, "/policy", .methodNotAllowed, "That cannot be done here"),
    ]

    @Test(arguments: subscribing + elsewhere)
    func `each bad input gets its answer, and nothing is kept`(_ bad: Bad) async throws {
        let web = try await WebApp.start()
        var headers: HTTPFields = [:]
        headers[.contentType] = bad.type
        let answer = try await web.ask(bad.method, bad.path, headers, bad.body)
        #expect(answer.status == bad.status)
        #expect(answer.has(bad.words))
        #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
        #expect((answer.headers[.allow] != nil) == (bad.status == .methodNotAllowed))
        #expect(!answer.has("evil.example"))
        #expect(try await web.records() == [0, 0, 0, 0])
    }

    private static let json: [(String, HTTPResponse.Status, String)] = [
        ("", .badRequest, "malformed"), ("[]", .badRequest, "malformed"), ("{\"email\":", .badRequest, "malformed"),
        (#"{"email":7}"#, .unprocessableContent, "validation"),
        (#"{"email":["a","b"]}"#, .unprocessableContent, "duplicate-field"),
        (#"{"list":{"x":1},"email":"ann@example.org"}"#, .unprocessableContent, "validation"),
        (#"{"email":"a@b.c","email":"d@e.f"}"#, .unprocessableContent, "duplicate-field"),
        (#"{"name":"\#(String(repeating: "a", count: 20_000))"}"#, .contentTooLarge, "too-large"),
        (#"{"email":"a\u0000@example.org"}"#, .badRequest, "malformed"),
        ("{\"a\":" + String(repeating: "[", count: 5_000) + "}", .badRequest, "malformed"),
    ]

    @Test(arguments: json)
    func `bad JSON gets a problem that says what to do`(
        _ text: String, _ status: HTTPResponse.Status, _ word: String
    ) async throws {
        let web = try await WebApp.start()
        let answer = try await web.json("/subscribe", text)
        #expect(answer.status == status && answer.problem?.word == word && answer.problem?.status == status.code)
        #expect(answer.headers[.contentType] == "application/problem+json" && answer.problem?.detail?.isEmpty == false)
        #expect(try await web.records() == [0, 0, 0, 0])
    }

    @Test func `Allow lists what the path does`() async throws {
        let web = try await WebApp.start()
        #expect(try await web.ask(.put, "/").headers[.allow] == "GET, HEAD, OPTIONS")
        #expect(try await web.ask(.put, "/subscribe").headers[.allow] == "GET, HEAD, OPTIONS, POST")
        #expect(try await web.ask(.options, "/confirm/x").headers[.allow] == "GET, HEAD, OPTIONS, POST")
        #expect(try await web.ask(.get, "/api/v1/campaigns/1/send").problem?.word == "method-not-allowed")
        #expect(try await web.ask(.get, "/api/v1/nothing").problem?.word == "not-found")
    }

    @Test func `a full disk and an error nobody expected tell visitors nothing of their cause`() async throws {
        #expect(ErrorAnswer(StoreFailure.unavailable("the disk is full")).status == .serviceUnavailable)
        #expect(ErrorAnswer(StoreFailure.unavailable("")).headers[.retryAfter] == "30")
        #expect(ErrorAnswer(StoreFailure.overloaded).headers[.retryAfter] == "1")
        struct Secret: Error { let address = "ann@example.org" }
        #expect(ErrorAnswer(Secret()).status == .internalServerError && ErrorAnswer(Secret()).word == "internal")
    }

    @Test func `a closed store answers 503, and no log line holds a token, an address or a path`() async throws {
        let log = LogLines()
        let web = try await WebApp.start(logger: log.logger)
        try await web.app.signUp("ann@example.org", name: "Zacharias")
        let path = try await web.confirmPath("ann@example.org")
        _ = try await web.ask(.get, path)
        _ = try await web.form("/subscribe?email=ann%40example.org", "email=ann%40example.org&name=Zacharias")
        try web.app.courant.store.close()
        let answer = try await web.ask(.post, path)
        #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] != nil)
        let text = log.text
        #expect(text.contains("route=/confirm/{token}") && text.contains("status=200") && text.contains("status=503"))
        for secret in ["ann", "Zacharias", String(path.dropFirst("/confirm/".count)), "example.org"] {
            #expect(!text.contains(secret))
        }
    }
}
