import Testing
import Reports
import Web

/// What providers send, in the shapes that their manuals show; people and ids are made up, `TAG` is the mail's.
struct HookSample: Sendable, CustomTestStringConvertible {
    let provider: HookProvider
    let name: String
    /// `NOW` is the time, in seconds.
    let body: String
    let verdicts: [ReportClass]

    init(_ provider: HookProvider, _ name: String, _ verdicts: [ReportClass], _ body: String) {
        (self.provider, self.name, self.verdicts, self.body) = (provider, name, verdicts, body)
    }

    var testDescription: String { "\(provider.rawValue): \(name)" }

    static func find(_ provider: HookProvider, _ name: String) -> HookSample? {
        all.first { $0.provider == provider && $0.name == name }
    }

    static let all =
        generic + ses + postmark + mailgun + sendgrid + brevo + mailjet + sparkpost + scaleway + resend + postal

    // MARK: A script of one's own

    private static let generic = [
        HookSample(.generic, "bounce", [.dead], #"{"tag":"TAG","class":"dead","status":"5.1.1"}"#),
        HookSample(
            .generic, "complaint", [.complaint, .complaint],
            #"[{"tag":"TAG","class":"complaint"},{"tag":"TAG","class":"complaint"}]"#),
        HookSample(.generic, "dead without a code", [.strike], #"{"tag":"TAG","class":"dead"}"#),
    ]

    // MARK: Amazon SES

    private static let ses = [
        HookSample(
            .ses, "bounce", [.dead],
            sesBounce("Permanent", "General", status: "5.1.1", words: "smtp; 550 5.1.1 <ann@example.org>... User")),
        HookSample(
            .ses, "complaint", [.complaint],
            #"""
            {"notificationType":"Complaint","complaint":{"userAgent":"AnyCompany Feedback Loop (V0.01)",
             "complainedRecipients":[{"emailAddress":"ann@example.org"}],"complaintFeedbackType":"abuse",
             "complaintSubType":null,"arrivalDate":"2026-11-27T14:59:38.237Z","feedbackId":"000001378603177f"},
             \#(sesMail)}
            """#),
        HookSample(
            .ses, "the receiver's code stands before the summary", [.full],
            sesBounce(
                "Permanent", "General", status: "5.1.1", words: "smtp; 552 5.2.2 Mailbox full")),
        HookSample(.ses, "without any code", [.strike], sesBounce("Permanent", "NoEmail", status: "", words: "gone")),
        HookSample(.ses, "suppressed", [.strike], sesBounce("Permanent", "OnAccountSuppressionList", status: "5.1.1")),
        HookSample(.ses, "holiday note", [.soft], sesBounce("Transient", "General", status: "5.1.1")),
        HookSample(.ses, "full", [.full], sesBounce("Transient", "MailboxFull", status: "4.2.2")),
        HookSample(.ses, "content", [.ours], sesBounce("Transient", "ContentRejected", status: "5.6.0")),
        HookSample(
            .ses, "event of a configuration set", [.dead],
            sesBounce(
                "Permanent", "General", status: "5.1.1", type: "eventType")),
        HookSample(
            .ses, "on a list of those who complained", [.strike],
            #"{"eventType":"Complaint","complaint":{"complaintSubType":"OnAccountSuppressionList"},\#(sesMail)}"#),
        HookSample(
            .ses, "not spam", [.auto],
            #"{"eventType":"Complaint","complaint":{"complaintFeedbackType":"not-spam"},\#(sesMail)}"#),
        HookSample(.ses, "delivery", [], #"{"notificationType":"Delivery","delivery":{},\#(sesMail)}"#),
        HookSample(
            .ses, "without the original headers", [.dead],
            #"""
            {"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General",
             "bouncedRecipients":[{"emailAddress":"ann@example.org","status":"5.1.1"}]},
             "mail":{"source":"bounce+TAG@bounces.example.org","messageId":"0000"}}
            """#),
    ]

    private static let sesMail = #"""
        "mail":{"timestamp":"2026-11-27T14:59:38.237Z","source":"bounce+TAG@bounces.example.org",
         "sourceArn":"arn:aws:ses:eu-north-1:888888888888:identity/example.org","messageId":"00000138111222aa",
         "destination":["ann@example.org"],"headersTruncated":false,"headers":[{"name":"From","value":"news@example.org"},
         {"name":"X-Courant","value":"TAG"}],"commonHeaders":{"subject":"Spring"}}
        """#

    private static func sesBounce(
        _ kind: String, _ subtype: String, status: String, words: String = "", type: String = "notificationType"
    ) -> String {
        #"""
        {"\#(type)":"Bounce","bounce":{"bounceType":"\#(kind)","bounceSubType":"\#(subtype)",
         "reportingMTA":"dns; email.example.com","bouncedRecipients":[{"emailAddress":"ann@example.org",
         "status":"\#(status)","action":"failed","diagnosticCode":"\#(words)"}],
         "timestamp":"2026-11-27T14:59:38.237Z","feedbackId":"00000138111222aa","remoteMtaIp":"127.0.2.0"},\#(sesMail)}
        """#
    }

    // MARK: Postmark

    private static let postmark = [
        HookSample(.postmark, "bounce", [.dead], postmarkBounce("HardBounce", "smtp;550 5.1.1 User unknown")),
        HookSample(
            .postmark, "complaint", [.complaint],
            #"""
            {"RecordType":"SpamComplaint","ID":42,"Type":"SpamComplaint","TypeCode":100001,"Email":"ann@example.org",
             "BouncedAt":"2026-11-27T14:59:38Z","Metadata":{"courant":"TAG"}}
            """#),
        HookSample(.postmark, "unknown by words alone", [.strike], postmarkBounce("HardBounce", "unknown user")),
        HookSample(.postmark, "full by words alone", [.full], postmarkBounce("HardBounce", "mailbox full")),
        HookSample(.postmark, "soft", [.soft], postmarkBounce("SoftBounce", "")),
        HookSample(.postmark, "soft is never dead", [.soft], postmarkBounce("Transient", "550 5.1.1 no")),
        HookSample(.postmark, "blocked", [.ours], postmarkBounce("Blocked", "550 5.1.1 blocked")),
        HookSample(.postmark, "auto-reply", [.auto], postmarkBounce("AutoResponder", "")),
        HookSample(
            .postmark, "wish to leave", [.leave],
            #"""
            {"RecordType":"SubscriptionChange","SuppressSending":true,"SuppressionReason":"ManualSuppression",
             "Origin":"Recipient","Recipient":"ann@example.org","Metadata":{"courant":"TAG"}}
            """#),
        HookSample(.postmark, "open", [], #"{"RecordType":"Open","FirstOpen":true,"Metadata":{"courant":"TAG"}}"#),
    ]

    private static func postmarkBounce(_ type: String, _ details: String) -> String {
        #"""
        {"RecordType":"Bounce","MessageStream":"broadcast","ID":4323372036854775807,"Type":"\#(type)","TypeCode":1,
         "Name":"Hard bounce","Tag":"Test","MessageID":"883953f4-6105-42a2-a16a-77a8eac79483",
         "Metadata":{"courant":"TAG","number":43},"ServerID":23,"Details":"\#(details)","Email":"ann@example.org",
         "From":"news@example.org","BouncedAt":"2026-11-27T16:09:19Z","DumpAvailable":true,"Inactive":true,
         "CanActivate":true,"Subject":"Spring"}
        """#
    }

    // MARK: Mailgun

    private static let mailgun = [
        HookSample(.mailgun, "bounce", [.dead], mailgunFailure("permanent", "bounce", "5.1.1", "5.1.1 no such user")),
        HookSample(
            .mailgun, "complaint", [.complaint],
            #"""
            {"event":"complained","id":"-Agny091SquKnsrW2NEKUA","timestamp":1521233123.501324,
             "recipient":"ann@example.org","message":{"headers":{"message-id":"x"}},"user-variables":{"courant":"TAG"}}
            """#),
        HookSample(.mailgun, "suppressed", [.strike], mailgunFailure("permanent", "suppress-bounce", "", "")),
        HookSample(.mailgun, "too old", [.soft], mailgunFailure("permanent", "old", "", "Too old")),
        HookSample(.mailgun, "for now", [.delayed], mailgunFailure("temporary", "generic", "4.4.1", "try later")),
        HookSample(
            .mailgun, "wish to leave", [.leave], #"{"event":"unsubscribed","user-variables":{"courant":"TAG"}}"#),
        HookSample(.mailgun, "delivered", [], #"{"event":"delivered","user-variables":{"courant":"TAG"}}"#),
    ]

    private static func mailgunFailure(_ severity: String, _ reason: String, _ code: String, _ words: String) -> String
    {
        #"""
        {"event":"failed","severity":"\#(severity)","reason":"\#(reason)","id":"G9Bn5sl1TC6nu79C8C0bwg",
         "timestamp":1521233195.375624,"recipient":"ann@example.org","delivery-status":{"attempt-no":1,"code":550,
         "enhanced-code":"\#(code)","message":"\#(words)","description":"","session-seconds":0.01},
         "user-variables":{"courant":"TAG"}}
        """#
    }

    // MARK: SendGrid

    private static let sendgrid = [
        HookSample(
            .sendgrid, "bounce", [.dead, .ours],
            #"""
            [{"email":"ann@example.org","timestamp":1513299569,"smtp-id":"<14c5d75ce93@ismtpd-555>","event":"bounce",
              "type":"bounce","category":"cat","sg_event_id":"6g4ZI7SA","sg_message_id":"14c5d75ce93","status":"5.0.0",
              "reason":"550 5.1.1 no such user","courant":"TAG"},
             {"event":"bounce","type":"blocked","status":"5.7.1","reason":"blocked","courant":"TAG"},
             {"event":"open","useragent":"x","courant":"TAG"}]
            """#),
        HookSample(
            .sendgrid, "complaint", [.complaint],
            #"[{"email":"ann@example.org","timestamp":1513299569,"event":"spamreport","courant":"TAG"}]"#),
        HookSample(
            .sendgrid, "not tried", [.strike, .ours, .delayed, .leave],
            #"""
            [{"event":"dropped","reason":"Bounced Address","status":"5.0.0","courant":"TAG"},
             {"event":"dropped","reason":"Spam Content (if Spam Checker app enabled)","courant":"TAG"},
             {"event":"deferred","attempt":"5","response":"400 try again later","courant":"TAG"},
             {"event":"group_unsubscribe","asm_group_id":10,"courant":"TAG"}]
            """#),
    ]

    // MARK: Brevo

    private static let brevo = [
        HookSample(
            .brevo, "bounce", [.dead],
            brevoEvent("hard_bounce", " RecipientError: 550 5.1.1 <ann@example.org>: user unknown")),
        HookSample(.brevo, "complaint", [.complaint], brevoEvent("spam", "")),
        HookSample(.brevo, "complaint by its other name", [.complaint], brevoEvent("complaint", "")),
        HookSample(.brevo, "no code", [.strike], brevoEvent("invalid_email", "not valid")),
        HookSample(
            .brevo, "soft", [.soft], brevoEvent("soft_bounce", "undefined Unable to find MX of domain example.org")),
        HookSample(.brevo, "full", [.full], brevoEvent("soft_bounce", "552 5.2.2 mailbox full")),
        HookSample(
            .brevo, "deferred with a dead code", [.delayed], brevoEvent("deferred", "550 5.1.1 User unknown")),
        HookSample(.brevo, "on its list", [.strike], brevoEvent("blocked", "blocked : due to blacklist user")),
        HookSample(.brevo, "blocked", [.ours], brevoEvent("blocked", "blocked by policy")),
        HookSample(.brevo, "wish to leave", [.leave], brevoEvent("unsubscribed", "")),
        HookSample(
            .brevo, "batched", [.strike, .complaint],
            "[\(brevoEvent("hard_bounce", "")),\(brevoEvent("spam", "")),\(brevoEvent("delivered", ""))]"),
    ]

    private static func brevoEvent(_ event: String, _ reason: String) -> String {
        #"""
        {"event":"\#(event)","email":"ann@example.org","id":9999999,"date":"2026-03-06 11:10:23","ts":1520331023,
         "message-id":"<201803062010.27287306012@smtp-relay.mailin.fr>","ts_event":1520331023,"subject":"Spring",
         "X-Mailin-custom":"TAG","tags":["a"],"sending_ip":"192.0.2.1","ts_epoch":1520363423000,"reason":"\#(reason)"}
        """#
    }

    // MARK: Mailjet

    private static let mailjet = [
        HookSample(
            .mailjet, "bounce", [.dead],
            "[\(mailjetFailure("bounce", "recipient", "user unknown", hard: true, "550 5.1.1 no such user"))]"),
        HookSample(
            .mailjet, "complaint", [.complaint],
            #"""
            {"event":"spam","time":1430812195,"MessageID":13792286917004336,"email":"ann@example.org",
             "mj_campaign_id":1898,"CustomID":"TAG","Payload":"","source":"JMRPP"}
            """#),
        HookSample(
            .mailjet, "no code", [.strike], mailjetFailure("bounce", "domain", "invalid domain", hard: true, "")),
        HookSample(
            .mailjet, "greylisted", [.delayed], mailjetFailure("bounce", "domain", "greylisted", hard: false, "")),
        HookSample(
            .mailjet, "full", [.full], mailjetFailure("bounce", "recipient", "quota exceeded", hard: true, "5.1.1")),
        HookSample(
            .mailjet, "content", [.ours], mailjetFailure("blocked", "spam", "content blocked", hard: true, "5.1.1")),
        HookSample(
            .mailjet, "on its list", [.strike], mailjetFailure("blocked", "mailjet", "preblocked", hard: true, "")),
        HookSample(
            .mailjet, "wish to leave", [.leave],
            #"{"event":"unsub","mj_list_id":0,"ip":"127.0.0.4","agent":"List-Unsubscribe","CustomID":"TAG"}"#),
        HookSample(.mailjet, "sent", [], #"{"event":"sent","CustomID":"TAG","smtp_reply":"250 2.0.0 OK"}"#),
    ]

    private static func mailjetFailure(
        _ event: String, _ kind: String, _ error: String, hard: Bool, _ comment: String
    ) -> String {
        #"""
        {"event":"\#(event)","time":1430812195,"MessageID":13792286917004336,"email":"ann@example.org","blocked":false,
         "mj_campaign_id":1898,"CustomID":"TAG","Payload":"","hard_bounce":\#(hard),"error_related_to":"\#(kind)",
         "error":"\#(error)","comment":"\#(comment)"}
        """#
    }

    // MARK: SparkPost

    private static let sparkpost = [
        HookSample(
            .sparkpost, "bounce", [.dead], "[\(sparkpostEvent("bounce", class: "10", "550 5.1.1 <a@b>: User unknown"))]"
        ),
        HookSample(
            .sparkpost, "complaint", [.complaint],
            #"""
            [{"msys":{"message_event":{"type":"spam_complaint","event_id":"92356927693813856","fbtype":"abuse",
             "rcpt_meta":{"courant":"TAG"},"rcpt_to":"ann@example.org","timestamp":"1454442600"}}}]
            """#),
        HookSample(.sparkpost, "question whether we are there", [], #"[{"msys":{}}]"#),
        HookSample(.sparkpost, "no code", [.strike], "[\(sparkpostEvent("out_of_band", class: "30", "550 no"))]"),
        HookSample(
            .sparkpost, "blocked as spam", [.ours], "[\(sparkpostEvent("bounce", class: "51", "550 5.1.1 spam"))]"),
        HookSample(.sparkpost, "full", [.full], "[\(sparkpostEvent("bounce", class: "22", "552 5.2.2 full"))]"),
        HookSample(.sparkpost, "name server", [.soft], "[\(sparkpostEvent("bounce", class: "21", "454 4.4.4 no MX"))]"),
        HookSample(.sparkpost, "holiday note", [.auto], "[\(sparkpostEvent("bounce", class: "60", ""))]"),
        HookSample(.sparkpost, "delay", [.delayed], "[\(sparkpostEvent("delay", class: "21", "454 4.4.4 no MX"))]"),
        HookSample(
            .sparkpost, "not tried", [.strike, .leave],
            #"""
            [{"msys":{"gen_event":{"type":"generation_rejection","error_code":"554","rcpt_meta":{"courant":"TAG"},
              "raw_reason":"554 5.7.1 recipient address suppressed due to customer policy"}}},
             {"msys":{"unsubscribe_event":{"type":"list_unsubscribe","rcpt_meta":{"courant":"TAG"}}}}]
            """#),
    ]

    private static func sparkpostEvent(_ type: String, class: String, _ reason: String) -> String {
        #"""
        {"msys":{"message_event":{"type":"\#(type)","bounce_class":"\#(`class`)","customer_id":"1","error_code":"550",
         "event_id":"84345317653491230","message_id":"0004e3724f57753a3561","raw_rcpt_to":"ann@example.org",
         "raw_reason":"\#(reason)","rcpt_meta":{"courant":"TAG"},"rcpt_to":"ann@example.org","reason":"\#(reason)",
         "timestamp":"1464824548","transmission_id":"84345317650824116"}},"cust":{"id":"00000"}}
        """#
    }

    // MARK: Scaleway

    private static let scaleway = [
        HookSample(
            .scaleway, "bounce", [.dead], scalewayEvent("email_mailbox_not_found", "550 5.1.1 mailbox not found")),
        HookSample(.scaleway, "no code", [.strike], scalewayEvent("email_mailbox_not_found", "550 unknown user")),
        HookSample(.scaleway, "dropped for us", [.ours], scalewayEvent("email_dropped", "550 5.7.1 SPF failed")),
        HookSample(.scaleway, "dropped by words", [.strike], scalewayEvent("email_dropped", "550 unknown user")),
        HookSample(.scaleway, "spam", [.ours], scalewayEvent("email_spam", "550 5.1.1 spam")),
        HookSample(.scaleway, "deferred", [.delayed], scalewayEvent("email_deferred", "450 4.2.1 later")),
        HookSample(
            .scaleway, "on its list", [.strike],
            #"""
            {"type":"email_blocklisted","blocklist_type":"mailbox_not_found","blocklist_reason":"x",
             "email_headers":[{"key":"x-courant","value":"TAG"}]}
            """#),
        HookSample(.scaleway, "delivered", [], scalewayEvent("email_delivered", "250 OK")),
    ]

    private static func scalewayEvent(_ type: String, _ response: String) -> String {
        #"""
        {"id":"6f7ab1f1-3d3e-4a06-a1f5-7c5a4d6d4b05","type":"\#(type)","organization_id":"o","project_id":"p",
         "domain_id":"d","domain_name":"example.org","created_at":"2026-11-27T10:00:00Z","email_id":"e",
         "email_from":"news@example.org","email_to":"ann@example.org","email_headers":[{"key":"Subject","value":"Spring"},
         {"key":"X-Courant","value":"TAG"}],"email_response_code":550,"email_response_message":"\#(response)"}
        """#
    }

    // MARK: Resend

    private static let resend = [
        HookSample(
            .resend, "bounce", [.dead], resendEvent("email.bounced", "Permanent", "General", "550 5.1.1 no such user")),
        HookSample(.resend, "complaint", [.complaint], resendEvent("email.complained", "", "", "")),
        HookSample(.resend, "no code", [.strike], resendEvent("email.bounced", "Permanent", "General", "hard bounce")),
        HookSample(.resend, "suppressed", [.strike], resendEvent("email.bounced", "Permanent", "Suppressed", "5.1.1")),
        HookSample(.resend, "transient", [.soft], resendEvent("email.bounced", "Transient", "General", "5.1.1")),
        HookSample(.resend, "delayed", [.delayed], resendEvent("email.delivery_delayed", "", "", "")),
        HookSample(.resend, "opened", [], resendEvent("email.opened", "", "", "")),
        HookSample(
            .resend, "in a tag", [.complaint],
            #"{"type":"email.complained","data":{"tags":{"courant":"TAG"},"to":["ann@example.org"]}}"#),
    ]

    private static func resendEvent(_ type: String, _ kind: String, _ subtype: String, _ words: String) -> String {
        #"""
        {"type":"\#(type)","created_at":"2026-11-22T23:41:12.126Z","data":{"broadcast_id":"8b146471","email_id":"5676",
         "from":"News <news@example.org>","to":["ann@example.org"],"subject":"Spring","headers":[{"name":"x-courant",
         "value":"TAG"}],"tags":{"category":"x"},"bounce":{"message":"\#(words)","subType":"\#(subtype)","type":"\#(kind)"}}}
        """#
    }

    // MARK: Postal

    private static let postal = [
        HookSample(
            .postal, "bounce", [.dead], postalEvent("MessageDeliveryFailed", "550 5.1.1 no such user", "HardFail")),
        HookSample(
            .postal, "no code", [.strike], postalEvent("MessageDeliveryFailed", "550 unknown user", "HardFail")),
        HookSample(
            .postal, "for our sake", [.ours], postalEvent("MessageDeliveryFailed", "554 5.7.1 spam", "HardFail")),
        HookSample(.postal, "delayed", [.delayed], postalEvent("MessageDelayed", "450 later", "SoftFail")),
        HookSample(
            .postal, "held", [.strike],
            postalEvent("MessageHeld", "Recipient (ann@example.org) is on the suppression list", "Held")),
        HookSample(
            .postal, "bounced later", [.soft],
            #"""
            {"event":"MessageBounced","timestamp":NOW.25,"payload":{"original_message":{"id":233843,"token":"McC2tuqg7mhx",
             "direction":"outgoing","message_id":"7b82aac4@rp.postal.example.com","to":"ann@example.org","tag":"TAG"},
             "bounce":{"id":233864,"token":"nII5p0Cp8onV","direction":"incoming","subject":"Mail delivery failed"}},
             "uuid":"0fcc831f-92b9-4e2b-97f2-d873abc77fab"}
            """#),
        HookSample(
            .postal, "somebody else's, incoming", [],
            #"""
            {"event":"MessageDeliveryFailed","timestamp":NOW,"payload":{"message":{"direction":"incoming","tag":"TAG"},
             "output":"550 5.1.1 x"},"uuid":"1"}
            """#),
        HookSample(.postal, "sent", [], postalEvent("MessageSent", "250 OK", "Sent")),
    ]

    private static func postalEvent(_ event: String, _ output: String, _ status: String) -> String {
        #"""
        {"event":"\#(event)","timestamp":NOW.084981,"payload":{"message":{"id":1571,"token":"MzWWQPubXXWz",
         "direction":"outgoing","message_id":"cfb29da8@rp.postal.example.com","to":"ann@example.org",
         "from":"news@example.org","subject":"Spring","timestamp":1606753318.072171,"spam_status":"NotChecked",
         "tag":"TAG"},"status":"\#(status)","details":"","output":"\#(output)","sent_with_ssl":null,
         "timestamp":1606753318.7010343,"time":null},"uuid":"5fec5077-dae7-4989-94d5-e1963f3e9181"}
        """#
    }
}
