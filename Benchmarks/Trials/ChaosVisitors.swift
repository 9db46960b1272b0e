import Foundation
import Mail
import Newsletter
import Synchronization
import TestSupport

/// People who come and go while everything goes wrong: they sign up, confirm and leave, each through whichever instance they
/// happen on, and again until they are answered.
final class ChaosVisitors: Sendable {
    struct Book: Sendable {
        /// By number: when the 200 of their unsubscribe came.
        var left: [Int: UInt64] = [:]
        var signedUp: Set<Int> = []
        var confirmed: Set<Int> = []
        /// Who was told that their link has ended.
        var turnedAway: Set<Int> = []
        /// Who asked and was never answered.
        var unanswered: [String] = []
    }

    static let prefix = "visitor"
    /// At many domains, so that none gets more mails than the shipped limits let forms cause.
    static func address(_ number: Int) -> EmailAddress {
        EmailAddress(localPart: "\(prefix)\(number)", domain: "d\(number % 97).example")
    }

    private let ports: [Int]
    private let recipients: Int
    private let keyring: Keyring
    private let journal: SinkJournal
    private let book = Mutex(Book())
    private let isOver = Atomic(false)
    private let group = DispatchGroup()

    private static let threads = 3
    /// Between two of a thread's visits, in microseconds.
    private let pause: ClosedRange<UInt32>
    /// For one answer, when all is well again.
    private static let patience: Duration = .seconds(40)

    /// The first `recipients` of a trial's subscribers are those who may leave.
    init(
        ports: [Int], recipients: Int, keyring: Keyring, journal: SinkJournal, seed: UInt64,
        pause: ClosedRange<UInt32> = 500...8000
    ) {
        (self.ports, self.recipients, self.keyring, self.journal) = (ports, recipients, keyring, journal)
        self.pause = pause
        for number in 0..<Self.threads {
            group.enter()
            let thread = Thread { [self] in
                visit(number, seed &+ UInt64(number))
                group.leave()
            }
            thread.name = "visitor"
            thread.start()
        }
    }

    /// Returns once everybody who has asked is answered.
    func end() -> Book {
        isOver.store(true, ordering: .releasing)
        group.wait()
        return book.withLock { $0 }
    }

    // MARK: One thread's

    private func visit(_ thread: Int, _ seed: UInt64) {
        var random = Seeded(seed)
        var waiting: [Int] = []
        var next = thread
        while !isOver.load(ordering: .acquiring) {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                signUp(next, &random)
                waiting.append(next)
                next += Self.threads
            case 1:
                guard let place = waiting.firstIndex(where: { journal.token(for: Self.address($0).wire) != nil }) else {
                    break
                }
                confirm(waiting.remove(at: place), &random)
            default:
                leave(Int.random(in: 0..<(recipients / Self.threads), using: &random) * Self.threads + thread, &random)
            }
            usleep(UInt32.random(in: pause, using: &random))
        }
    }

    private func signUp(_ number: Int, _ random: inout Seeded) {
        let address = Self.address(number)
        let fields =
            "email=\(address.localPart)%40\(address.domain)&name=Visitor+\(number)&list=news"
            + "&g-recaptcha-response=solved\(number).\(UInt32.random(in: 0 ... .max, using: &random))"
        guard ask(.form("/subscribe", fields), for: [303], "a sign-up", &random) != nil else { return }
        book.withLock { _ = $0.signedUp.insert(number) }
    }

    private func confirm(_ number: Int, _ random: inout Seeded) {
        guard let token = journal.token(for: Self.address(number).wire),
            let answer = ask(.form("/confirm/\(token)", ""), for: [200, 410], "a confirmation", &random)
        else { return }
        let place: WritableKeyPath<Book, Set<Int>> = answer.status == 200 ? \.confirmed : \.turnedAway
        book.withLock { _ = $0[keyPath: place].insert(number) }
    }

    private func leave(_ number: Int, _ random: inout Seeded) {
        guard book.withLock({ $0.left[number] == nil }) else { return }
        let link = UnsubscribeLink(Premises.id(number), place: .header, keyring: keyring)
        let order = HTTPLoad.Order.form("/unsubscribe/\(link.text)", "List-Unsubscribe=One-Click")
        guard let answer = ask(order, for: [200], "an unsubscribe", &random) else { return }
        book.withLock { $0.left[number] = answer.at }
    }

    private func ask(
        _ order: HTTPLoad.Order, for good: Set<Int>, _ what: String, _ random: inout Seeded
    ) -> Visit.Answer? {
        let limit = ContinuousClock.now + Self.patience
        var last = 0
        while ContinuousClock.now < limit {
            let answer = Visit.pay(order, port: ports[Int.random(in: 0..<ports.count, using: &random)])
            if let answer, good.contains(answer.status) { return answer }
            last = answer?.status ?? 0
            usleep(30_000)
        }
        book.withLock { $0.unanswered.append("\(what) was not answered (\(last) at last)") }
        return nil
    }
}
