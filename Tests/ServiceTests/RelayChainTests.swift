import CourantTesting
import Mail
import Newsletter
import Outbound
import Testing

@Suite struct RelayChainTests {
    @Test func `what the first relay could not take goes to the next, and comes back to it by itself`() {
        let (first, second) = (RecordingRelay(), RecordingRelay())
        first.answer { _ in .unsent(.unreachable("away")) }
        let chain = RelayChain([first, second])
        #expect(chain.verdicts(on: 3) == [.accepted, .accepted, .accepted])
        #expect(first.mails.isEmpty && second.mails.count == 3)
        first.answer { _ in .accepted }
        _ = chain.verdicts(on: 2)
        #expect(first.mails.count == 2 && second.mails.count == 3)
    }

    @Test func `a refusal, a delay and a doubt are the first relay's word`() {
        let (first, second) = (RecordingRelay(), RecordingRelay())
        let no = SMTPReply(code: 550, enhanced: nil, text: "", to: .recipient)
        first.answer { mail in mail.ticket == 1 ? .refused(no) : mail.ticket == 2 ? .later(no) : .inDoubt }
        #expect(RelayChain([first, second]).verdicts(on: 3) == [.refused(no), .later(no), .inDoubt])
        #expect(second.mails.isEmpty)
    }

    @Test func `with every relay away the last one's failure is told`() {
        let (first, second) = (RecordingRelay(), RecordingRelay())
        first.answer { _ in .unsent(.unreachable("one")) }
        second.answer { _ in .unsent(.unreachable("two")) }
        #expect(RelayChain([first, second]).verdicts(on: 1) == [.unsent(.unreachable("two"))])
    }
}

extension RelayChain {
    /// Recording relays answer on the spot.
    fileprivate func verdicts(on count: Int) -> [Verdict] {
        let box = VerdictBox()
        send(OutgoingMail.samples(count), sendGuard: SendGuard()) { box.add($0) }
        return box.verdicts
    }
}
