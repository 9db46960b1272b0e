import CourantTesting
import Foundation
import Outbound
import Testing

/// `courantd promises`, and the start that rests on it.
@Suite(.timeLimit(.minutes(2))) struct CourantdPromisesTests {
    private static let book = URL.repository.appending(path: "config/promises.yaml").path

    @Test func `a fresh installation with the promises that come with Courant and no list serves`() async throws {
        try await Host.with { host in
            host.set([
                "promises.file": Self.book, "captcha.provider": "proof-of-work",
                "organisation.authority": "\"Datatilsynet, www.datatilsynet.no\"",
            ])
            try await host.serve()
            #expect(try await host.get("/readyz").status == 200)
            // Where the service is to be found.
            host.set(["http.port": "\(host.port)"])
            let looked = try await host.courantd("promises")
            #expect(looked.code == 0, "\(looked.out)\(looked.err)")
            #expect(looked.out.contains("There is no list to look at: courant list create"))
        }
    }
}
