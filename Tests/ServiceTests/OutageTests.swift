import Captcha
import CourantTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Newsletter
import SQLStore
import Testing
import Wiring

@testable import Web

/// While the captcha's provider cannot be asked, whoever runs the service decides: nobody is let in, or everybody is, and
/// the confirm mail still guards.
@Suite struct OutageTests {
    @Test(arguments: [(Settings.CaptchaChoice.Outage.closed, 503, 0), (.degraded, 303, 1)])
    func `an outage of the captcha`(_ choice: Settings.CaptchaChoice.Outage, _ status: Int, _ pending: Int) async throws
    {
        let app = try await TestApp.start(captcha: ScriptedCaptcha(verdict: .unavailable(.timedOut))) {
            $0.captcha.onOutage = choice
        }
        let router = try app.courant.router()
        let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        try await Application(router: router, logger: app.courant.logger).test(.router) { client in
            let body = ByteBuffer(string: "email=ann%40example.org&g-recaptcha-response=x")
            let answer = try await client.execute(uri: "/subscribe", method: .post, headers: form, body: body)
            #expect(answer.status.code == status && (answer.headers[.retryAfter] != nil) == (status == 503))
        }
        #expect(try await app.courant.lists.all()[0].pending == pending)
    }
}
