import ArgumentParser

/// A list's slug as typed. It becomes part of a path, so nothing but letters, digits and hyphens passes.
struct Slug: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let description: String
    init?(argument: String) {
        guard argument.isPathWord else { return nil }
        description = argument
    }
}

/// A campaign's id as typed.
struct CampaignID: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let description: String
    init?(argument: String) {
        guard argument.isPathWord else { return nil }
        description = argument
    }

    /// An id that the service itself gave.
    init(_ id: String) throws(Failure) {
        guard id.isPathWord else {
            throw Failure(
                word: "strange-answer", title: "The service gave a campaign without a usable id", exit: .failed)
        }
        description = id
    }
}

/// An upload's number as typed.
struct UploadID: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let description: String
    init?(argument: String) {
        guard argument.isPathWord else { return nil }
        description = argument
    }

    /// One that the service itself gave.
    init(_ id: String?) throws(Failure) {
        guard let id, id.isPathWord else {
            throw Failure(
                word: "strange-answer", title: "The service gave an upload without a usable id", exit: .failed)
        }
        description = id
    }
}

extension String {
    var isPathWord: Bool {
        (1...100).contains(utf8.count) && utf8.first != UInt8(ascii: "-")
            && utf8.allSatisfy { $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}
