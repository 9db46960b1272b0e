import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Newsletter
import Rendering

/// The one place where failures become HTTP. A visitor gets a page, a program a problem (RFC 9457). What is not in this map
/// is our own fault: the cause goes to the log without its values, which may be personal; the visitor gets nothing of it.
struct ErrorResponses: RouterMiddleware {
    let pages: Pages
    let paths: Paths

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return try answerWithoutRoute(request, context)
        } catch {
            let answer = ErrorAnswer(error)
            if answer.status.code >= 500 { note(error, answer, context) }
            return try response(answer, request, context)
        }
    }

    /// The path is unknown, or it is known and the method is not.
    private func answerWithoutRoute(_ request: Request, _ context: WebContext) throws -> Response {
        let methods = paths.methods(at: request.uri.path)
        guard !methods.isEmpty else { return try response(ErrorAnswer(DoorFailure.notFound), request, context) }
        guard request.method == .options else {
            return try response(ErrorAnswer(DoorFailure.methodNotAllowed(methods)), request, context)
        }
        return Response(status: .noContent, headers: [.allow: Paths.list(methods)])
    }

    private func response(_ answer: ErrorAnswer, _ request: Request, _ context: WebContext) throws -> Response {
        var response = try request.speaksJSON ? problem(answer, context) : page(answer, context)
        response.headers.append(contentsOf: answer.headers)
        return response.keptFromRobots()
    }

    private func page(_ answer: ErrorAnswer, _ context: WebContext) -> Response {
        let (title, detail) = words(answer, context)
        return pages.page(
            .error, context, at: "/", status: answer.status,
            ["status": answer.number(of: context), "title": title, "detail": detail ?? ""])
    }

    private func problem(_ answer: ErrorAnswer, _ context: WebContext) throws -> Response {
        let (title, detail) = words(answer, context)
        return try Response(
            problem: Problem(
                type: answer.word, title: title, status: answer.status.code,
                detail: answer.isOurs ? "\(detail ?? "") (\(answer.number(of: context)))" : detail,
                errors: answer.errors,
                findings: answer.findings))
    }

    private func words(_ answer: ErrorAnswer, _ context: WebContext) -> (title: String, detail: String?) {
        switch answer.words {
        case .staff(let title, let detail): return (title, detail)
        case .page(let page):
            let language = pages.language(context)
            return (pages.text("\(page.key).title", language), pages.text("\(page.key).detail", language))
        }
    }

    /// The type and the case of an error, never what it carries; a store's failure carries only advice to the operator.
    private func note(_ error: any Error, _ answer: ErrorAnswer, _ context: WebContext) {
        var cause = error.logged
        if !(error is StoreFailure), Mirror(reflecting: error).displayStyle == .enum {
            cause += ".\(Mirror(reflecting: error).children.first?.label ?? "\(error)")"
        }
        context.logger.error(
            "request failed",
            metadata: ["cause": "\(cause)", "route": "\(context.endpointPath ?? "-")", "problem": "\(answer.word)"])
    }
}

extension ErrorAnswer {
    fileprivate var isOurs: Bool { status == .internalServerError }

    /// With the request's number where it is our fault, so that whoever reports it can be found in the log.
    fileprivate func number(of context: WebContext) -> String {
        // `context.id` ends the process where a logger keeps no metadata.
        guard isOurs, let id = context.logger[metadataKey: "hb.request.id"] else { return String(status.code) }
        return "\(status.code) · \(id)"
    }
}

extension Response {
    init(problem: Problem) throws {
        self = try .json(problem, status: HTTPResponse.Status(code: problem.status))
            .with(.contentType, "application/problem+json")
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(value) + [0x0A])))
    }
}
