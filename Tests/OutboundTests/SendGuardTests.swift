import CourantTesting
import Mail
import Testing

@Suite struct SendGuardTests {
    @Test func `a stop holds for what was claimed before it, and not for what is claimed after`() {
        let sendGuard = SendGuard()
        let first = sendGuard.open()
        sendGuard.enter([1, 2])
        sendGuard.stop([.recall(1), .withdraw(2), .withdraw(3)])
        let second = sendGuard.open()
        sendGuard.enter([1, 2, 3])
        #expect(sendGuard.answers(first) == [.recalled, .withdrawn, .granted])
        #expect(sendGuard.answers(second) == [.granted, .granted, .granted])
    }

    @Test func `a stop that comes while a claim is open holds for it, for nobody knows which came first`() {
        let sendGuard = SendGuard()
        let claim = sendGuard.open()
        sendGuard.stop([.recall(1), .withdraw(2)])
        sendGuard.settle([1])
        sendGuard.enter([1, 2, 3])
        #expect(sendGuard.answers(claim) == [.recalled, .withdrawn, .granted])
    }

    @Test func `a stop is forgotten with the last mail that it holds for`() {
        let sendGuard = SendGuard()
        let claim = sendGuard.open()
        sendGuard.enter([1, 1])
        sendGuard.stop([.withdraw(1)])
        sendGuard.settle([1])
        #expect(sendGuard.answers(claim).first == .withdrawn)
        sendGuard.settle([1])
        #expect(sendGuard.answers(claim).first == .granted && sendGuard.areEmptyHanded)
    }

    @Test func `everything that is claimed can be recalled at once`() {
        let sendGuard = SendGuard()
        let (first, open) = (sendGuard.open(), sendGuard.open())
        sendGuard.enter([1])
        sendGuard.recallEverything()
        sendGuard.enter([2])
        let next = sendGuard.open()
        #expect(sendGuard.answers(first) == [.recalled, .recalled, .recalled])
        #expect(sendGuard.answers(open) == sendGuard.answers(first))
        #expect(sendGuard.answers(next) == [.granted, .granted, .granted])
    }
}

extension SendGuard {
    /// To mails to the persons 1, 2 and 3 that came with this claim.
    fileprivate func answers(_ claim: Int64) -> [Permission] {
        let mails = ([1, 2, 3] as [UInt128]).map { person in
            var mail = OutgoingMail.sample(person: person)
            mail.claim = claim
            return mail
        }
        return start { permission in mails.map(permission) }
    }
}
