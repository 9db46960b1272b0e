import Mail
import Reports
import Testing

@Suite struct StatusTableTests {
    @Test(
        arguments: [
            ("5.1.1", "no such user", .dead), ("5.1.2", "", .dead), ("5.1.3", "", .dead), ("5.1.6", "", .dead),
            ("5.1.10", "", .dead), ("5.7.17", "", .dead), ("5.7.18", "", .dead),
            ("5.1.0", "", .strike), ("5.1.351", "", .strike), ("5.4.310", "", .strike),
            ("5.4.1", "access denied", .strike), ("5.4.1", "no answer", .soft),
            ("5.2.1", "", .disabled), ("5.7.13", "", .disabled), ("5.1.1", "account disabled", .disabled),
            ("5.2.2", "", .full), ("4.2.2", "", .full), ("4.3.1", "", .full), ("5.2.0", "over quota", .full),
            ("5.2.3", "", .ours), ("5.3.4", "", .ours), ("5.1.7", "", .ours), ("5.1.8", "", .ours),
            ("5.6.1", "", .ours),
            ("5.5.2", "", .ours), ("5.7.124", "", .refused), ("5.7.1", "", .ours), ("5.7.1", "user unknown", .strike),
            ("5.7.1", "user unknown, or spam", .ours), ("4.7.28", "", .ours), ("5.7.515", "", .ours),
            ("5.4.6", "", .soft), ("5.4.7", "", .soft), ("4.4.2", "", .soft), ("5.3.0", "", .soft),
            ("5.0.0", "user unknown", .strike), ("5.2.0", "", .soft), ("5.5.0", "mailbox unavailable", .strike),
            ("5.2.121", "", .soft), ("4.4.7", "mailbox full", .full),
        ] as [(String, String, ReportClass)])
    func `a code means what the table says`(_ code: String, _ words: String, _ verdict: ReportClass) {
        #expect(StatusTable.verdict(StatusSearch.enhanced(in: code.utf8), words: ReportWords(words.utf8)) == verdict)
    }

    @Test func `words never make anybody dead, and never a verdict harsher`() {
        let words = [
            "user unknown", "no such user", "mailbox full", "disabled", "spam", "refused due to", "policy", "",
            "only accepts mail from", "unknown user blocked",
        ]
        for text in words {
            let words = ReportWords(text.utf8)
            for reply in [nil, 550, 551, 552, 554, 450] {
                #expect(StatusTable.verdict(nil, reply: reply, words: words) < .dead)
            }
            for subject in 0...7 {
                for detail in 0...40
                where ![(5, 0), (7, 1), (0, 0), (2, 0), (4, 1)].contains(where: { $0 == (subject, detail) }) {
                    let status = EnhancedStatus(class: 5, subject: subject, detail: detail)
                    let bare = StatusTable.verdict(status, words: ReportWords([]))
                    let said = StatusTable.verdict(status, words: words)
                    #expect(said <= max(bare, .strike) && (said != .dead || bare == .dead), "\(status) \(text)")
                }
            }
        }
    }

    @Test(
        arguments: [
            ("550 5.1.1 no", "5.1.1"), ("host 5.1.1.7 said 550 5.7.26", "5.7.26"), ("(#5.1.1)", "5.1.1"),
            ("smtp;550-5.2.1 x", "5.2.1"), ("v5.1.1", nil), ("5.1", nil), ("5.1.1234", nil), ("15.1.1", nil),
            ("gone, 5.1.1.", "5.1.1"), ("3.1.1 5.4.1", "5.4.1"), ("", nil),
        ] as [(String, String?)])
    func `a code is found among numbers that are none`(_ text: String, _ code: String?) {
        #expect(StatusSearch.enhanced(in: text.utf8)?.text == code)
    }
}
