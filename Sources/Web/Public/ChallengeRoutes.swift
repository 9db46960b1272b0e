import Captcha
import HTTPTypes
import Hummingbird
import Newsletter

/// `GET /captcha/challenge`: a proof of work for the visitor's machine, where that is our captcha. Nothing is kept of it.
struct ChallengeRoutes: Sendable {
    let captcha: any Captcha
    let clock: WallClock

    func add(to router: Router<WebContext>) {
        router.get("/captcha/challenge", use: show)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) throws -> Response {
        guard let challenge = captcha.challenge(now: clock.now()) else { throw DoorFailure.notFound }
        return try .json(challenge)
    }
}
