import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// What a browser gets from the stub: each provider's script, as far as our pages use it, and a site elsewhere.
extension CaptchaStub {
    /// A provider that vouches for whatever was solved on that host.
    package static func vouching(for host: String) async throws -> CaptchaStub {
        try await CaptchaStub { _ in
            let now = Date.now.formatted(.iso8601)
            return (
                200,
                #"{"success":true,"hostname":"\#(host)","action":"subscribe","score":0.9,"challenge_ts":"\#(now)"}"#
            )
        }
    }

    /// A page at an address of its own, with its style beside it.
    package static func publish(_ page: String, style: String) async throws -> String {
        let stub = try await CaptchaStub { _ in (200, "") }
        let number = numbers.add(1, ordering: .relaxed).oldValue
        sites.withLock { $0[number] = ["index.html": page, "site.css": style] }
        return stub.url("/sites/\(number)/index.html")
    }

    private static let sites = Mutex<[Int: [String: String]]>([:])
    private static let numbers = Atomic(0)

    static func addPages(to router: Router<BasicRequestContext>) {
        for path in ["recaptcha/api.js", "turnstile/v0/api.js", "1/api.js"] {
            router.get(RouterPath(path)) { _, _ in page(script, "text/javascript") }
        }
        router.get("sites/:number/:file") { _, context in
            let number = try context.parameters.require("number", as: Int.self)
            let file = try context.parameters.require("file")
            guard let text = sites.withLock({ $0[number]?[file] }) else { throw HTTPError(.notFound) }
            return page(text, file.hasSuffix(".css") ? "text/css" : "text/html; charset=utf-8")
        }
        router.get("favicon.ico") { _, _ in Response(status: .noContent) }
    }

    private static func page(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// All of them look alike from here: `render` draws a box into an element, `execute` asks at once.
    private static let script = """
        (() => {
          "use strict";
          const boxes = [];
          const api = (field) => ({
            ready: (callback) => callback(),
            render: (element, options) => {
              const answer = document.createElement("input");
              Object.assign(answer, { type: "hidden", name: field });
              element.append(answer);
              if (options.size !== "invisible") {
                const tick = document.createElement("button");
                Object.assign(tick, { type: "button", className: "tick", textContent: "I am no robot" });
                tick.onclick = () => { answer.value = "ticked"; options.callback?.("ticked"); };
                element.append(tick);
              }
              return boxes.push({ answer, options }) - 1;
            },
            execute: (box) => {
              if (typeof box === "string") return Promise.resolve("scored");
              boxes[box].answer.value = "asked";
              setTimeout(() => boxes[box].options.callback("asked"), 50);
            },
            reset: (box) => { boxes[box].answer.value = ""; },
          });
          globalThis.grecaptcha = api("g-recaptcha-response");
          globalThis.turnstile = api("cf-turnstile-response");
          globalThis.hcaptcha = api("h-captcha-response");
        })();
        """
}
