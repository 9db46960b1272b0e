import Foundation
import HTTPTypes
import Reports
import Testing
import Web

/// Amazon's SNS, and Scaleway's: a good signature alone says only that it is somebody's.
@Suite struct SNSTests {
    let caller = HookCaller()

    private func message(_ provider: HookProvider = .ses, type: String = "Notification") throws -> SNSMessage {
        let sample = try #require(HookSample.find(provider, "bounce"))
        return SNSMessage(provider, sample.body, at: caller.now, type: type)
    }

    private func open(_ message: SNSMessage) async throws -> OpenedCall {
        try await open(caller.message(message), message.provider)
    }

    private func open(_ call: HookCall, _ provider: HookProvider = .ses) async throws -> OpenedCall {
        try await #require(HookCaller.hook(provider)).open(call)
    }

    @Test(arguments: ["1", "2"], [HookProvider.ses, .scaleway]) func `both versions of the signature are known`(
        _ version: String, _ provider: HookProvider
    ) async throws {
        var message = try message(provider)
        message.fields["SignatureVersion"] = version
        #expect(try await open(message).events.count == 1)
        message.fields["Subject"] = nil
        #expect(try await open(message).events.count == 1)
    }

    @Test func `a signature of a version that nobody knows, or none, is refused`() async throws {
        for version in ["0", "3", ""] {
            var message = try message()
            message.fields["SignatureVersion"] = version
            await #expect(throws: HookFailure.forged) { try await open(message) }
        }
        var message = try message()
        message.fields["Signature"] = ""
        await #expect(throws: HookFailure.forged) { try await open(message) }
    }

    @Test func `the last line's end is signed too`() async throws {
        let message = try message()
        let cut = message.signed(String(message.text.dropLast()))
        let call = HookCall(headers: [:], body: cut, now: caller.now, sns: caller.sns.client)
        await #expect(throws: HookFailure.forged) { try await open(call) }
    }

    @Test(arguments: ["Message", "MessageId", "Subject", "Timestamp", "Type"]) func `every field is signed`(
        _ name: String
    ) async throws {
        var message = try message()
        message.fields["Signature"] = message.signer?.sign(message.text, version: "2")
        message.fields[name] = name == "Timestamp" ? "2026-09-21T14:13:21.000Z" : (message.fields[name] ?? "") + " "
        await #expect(throws: HookFailure.forged) { try await open(message) }
    }

    // MARK: Whose topic

    @Test(arguments: [
        "arn:aws:sns:eu-north-1:999999999999:bounces", "arn:aws:sns:eu-west-1:123456789012:bounces",
        "arn:aws:sns:eu-north-1:123456789012:bounces2", "arn:scw:sns:fr-par:project-1:bounces", "",
    ]) func `a good signature of a foreign topic is refused, and nothing is fetched`(_ topic: String) async throws {
        var message = try message()
        message.fields["TopicArn"] = topic
        await #expect(throws: HookFailure.forged) { try await open(message) }
        #expect(caller.sns.asked.isEmpty)
    }

    @Test(arguments: [
        "", "bounces", "arn:aws:sqs:eu-north-1:1:x", "arn:aws:sns:EU:1:x", "arn:aws:sns::1:x", "arn:aws:sns:a/b:1:x",
    ])
    func `what is no topic's name is no setting`(_ topic: String) {
        #expect(Hook(provider: .ses, secret: "s", topics: [topic]) == nil)
        let good = "arn:aws-cn:sns:cn-north-1:123456789012:bounces"
        #expect(Hook(provider: .ses, secret: "s", topics: [good]) != nil)
        #expect(Hook(provider: .ses, secret: "s", topics: [good, topic]) == nil)
    }

    // MARK: Certificates

    @Test(arguments: [
        "https://evil.example/SimpleNotificationService-0123abcd.pem",
        "http://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-north-1.amazonaws.com.evil.example/SimpleNotificationService-0123abcd.pem",
        "https://evil.example/sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://user@sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-north-1.amazonaws.com@evil.example/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-north-1.amazonaws.com:8443/SimpleNotificationService-0123abcd.pem",
        "https://sns.bucket.s3.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns..amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://snsx.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-north-1.amazonaws.com/other.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem?x=.pem",
        "https://sns.eu-north-1.amazonaws.com/x/../SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-north-1.amazonaws.com.cn/SimpleNotificationService-0123abcd.pem",
        "https://169.254.169.254/SimpleNotificationService-0123abcd.pem",
        "file:///etc/SimpleNotificationService-0123abcd.pem", "",
    ]) func `a certificate that lies elsewhere is not fetched`(_ url: String) async throws {
        var message = try message()
        message.fields["SigningCertURL"] = url
        await #expect(throws: HookFailure.forged) { try await open(message) }
        #expect(caller.sns.asked.isEmpty)
    }

    @Test(arguments: [
        "https://attacker.s3.fr-par.scw.cloud/fr-par/sns/sns-1.pem",
        "https://messaging.s3.fr-par.scw.cloud.evil.example/fr-par/sns/sns-1.pem",
        "https://messaging.s3.fr-par.scw.cloud/../sns-1.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
    ]) func `nor is Scaleway's`(_ url: String) async throws {
        var message = try message(.scaleway)
        message.fields["SigningCertURL"] = url
        await #expect(throws: HookFailure.forged) { try await open(message) }
        #expect(caller.sns.asked.isEmpty)
    }

    @Test func `an expired certificate, and one that Scaleway has not issued, sign nothing`() async throws {
        for (provider, signer) in [(HookProvider.ses, SNSCertificate.expired), (.scaleway, .impostor)] {
            var message = try message(provider)
            message.signer = signer
            message.fields["SigningCertURL"] = signer?.url
            await #expect(throws: HookFailure.forged) { try await open(message) }
        }
        #expect(caller.sns.asked.count == 2)
    }

    @Test func `another's key under the right certificate is refused`() async throws {
        var message = try message()
        message.signer = SNSCertificate.impostor
        await #expect(throws: HookFailure.forged) { try await open(message) }
    }

    @Test func `a certificate is fetched once; while it cannot be, the call is to come again`() async throws {
        let call = caller.message(try message())
        caller.sns.goAway(true)
        await #expect(throws: HookFailure.later) { try await open(call) }
        caller.sns.goAway(false)
        for _ in 0..<3 { #expect(try await open(call).events.count == 1) }
        #expect(caller.sns.asked.count == 2)
    }

    @Test func `a message that is delivered raw is refused`() async throws {
        let sample = try #require(HookSample.find(.ses, "bounce"))
        let call = HookCall(headers: [:], body: Array(sample.body.utf8), now: caller.now, sns: caller.sns.client)
        await #expect(throws: HookFailure.forged) { try await open(call) }
    }

    // MARK: Subscriptions

    @Test(arguments: [
        (HookProvider.ses, "https://sns.eu-north-1.amazonaws.com/"),
        (.scaleway, "https://sns.mnq.fr-par.scaleway.com/"),
    ]) func `a subscription is confirmed at the service's own address, whatever the message says`(
        _ provider: HookProvider, _ start: String
    ) async throws {
        let message = try message(provider, type: "SubscriptionConfirmation")
        #expect(try await open(message).events.isEmpty)
        let last = try #require(caller.sns.asked.last)
        #expect(last.hasPrefix("\(start)?Action=ConfirmSubscription&"))
        #expect(last.contains("&TopicArn=\(HookCaller.topics[provider] ?? "-")&Token=2336412f37fb687f5d51e6e2425dacbb"))
        #expect(!caller.sns.asked.contains { $0.contains("169.254") })
    }

    @Test func `a foreign or unsigned subscription is not confirmed, nor one with a strange token`() async throws {
        var foreign = try message(type: "SubscriptionConfirmation")
        foreign.fields["TopicArn"] = "arn:aws:sns:eu-north-1:999999999999:bounces"
        var unsigned = try message(type: "SubscriptionConfirmation")
        unsigned.fields["Signature"] = "AAAA"
        for message in [foreign, unsigned] { await #expect(throws: HookFailure.forged) { try await open(message) } }
        var strange = try message(type: "SubscriptionConfirmation")
        strange.fields["Token"] = "x&Action=Publish"
        await #expect(throws: HookFailure.malformed) { try await open(strange) }
        #expect(!caller.sns.asked.contains { $0.contains("Action=") })
    }

    @Test func `Amazon's greeting, in plain words, is taken for what it is`() async throws {
        var message = try message()
        message.fields["Message"] = "Successfully validated SNS topic for Amazon SES event publishing."
        #expect(try await open(message).events.isEmpty)
    }

    @Test func `whoever ends a subscription changes nothing`() async throws {
        #expect(try await open(message(type: "UnsubscribeConfirmation")).events.isEmpty)
        #expect(!caller.sns.asked.contains { $0.contains("Action=") })
    }
}
