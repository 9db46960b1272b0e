import Outbound
package import Web

extension SNSClient {
    /// The real ones, over HTTPS.
    package static func overHTTPS() -> SNSClient {
        SNSClient { url in
            let request = HTTPRequest(.get, url, timeout: .seconds(5), longestAnswer: largestAnswer)
            guard let answer = try? await OutboundHTTP.client.send(request), answer.status == 200 else { return nil }
            return answer.body
        }
    }
}

/// Made when somebody asks: most installations never do, and a client has a thread.
private enum OutboundHTTP {
    static let client = HTTPClient()
}
