package import Foundation
package import Rendering

/// Why a verb said no, named for the caller's next move. Anything else that is thrown is a fault of ours.
package enum Refusal: Error, Equatable {
    /// There is no such list, campaign, staff member, subscriber or request.
    case notFound(Noun)
    /// A field is wrong; says what to do about it.
    case invalid(field: String, problem: String)
    /// Something of that name is there already.
    case taken(Noun, String)
    /// The campaign file has errors.
    case lint([Finding])
    /// The verb does not fit the campaign's state.
    case wrongState(CampaignState, verb: String)
    /// It has begun to go out, so that it is what it is.
    case hasBegun(CampaignVerb)
    /// The time that it was scheduled for is past: say another.
    case timePassed(Date)
    /// Content or audience changed since the digest was given out: plan again.
    case digestChanged
    /// Other than `expected` would get it.
    case recipientsChanged(expected: Int, actual: Int)
    /// Other than `expected` are held.
    case heldChanged(expected: Int, actual: Int)
    /// Nobody would get it.
    case noRecipients
    /// A file of people has other than `expected`.
    case rowsChanged(expected: Int?, actual: Int)
    /// More of a list would leave at once than a slip of the hand shall bring about: say how many.
    case manyLeave(expected: Int?, actual: Int, of: Int)
    /// Whoever brought a file cannot be its second person; these may.
    case ownImport(from: [String])
    /// Another staff member must approve it first; these may.
    case needsApproval(ApprovalLack, from: [String])
    /// Nobody would be left who may manage staff.
    case lastAdmin(String)
    /// The login is as old as one may be.
    case tooOld(String)
    /// Courant did not give out this login.
    case notOurs(String)
    /// So many people would be erased from that time on: say that you know.
    case erasesPeople(count: Int, from: Date)
    /// A promise that must be kept is not.
    case promisesBroken([PromiseFinding])
    /// Mails are signed, and no key signs for the domain that it is from.
    case unsigned(String)
    /// The list is closed.
    case closed(String)
    /// This campaign is on its way to the list.
    case underWay(Int64)
    /// A link by mail that no longer works: ask for another.
    case linkExpired
    /// Nothing that is due by the time of day is done while that may be wrong.
    case clockInDoubt(ClockStanding)
    /// So many would end on the list now, not as many as was said.
    case sweepChanged(list: String, expected: Int, actual: Int)
    /// The key was used before for something else.
    case idempotencyKeyReused
    /// To read what somebody wrote takes too long: write it simpler.
    case tooCostly
    /// Too many texts wait to be read: try again in a moment.
    case busy
    /// No test goes to this address: its owner wants none, or has had enough for today.
    case noTestTo
    /// Enough for now: try again after this time.
    case tooMany(Duration)

    package enum Noun: String, Sendable {
        case list, campaign, staff, subscriber, request, `import`, block, policy
    }
}
