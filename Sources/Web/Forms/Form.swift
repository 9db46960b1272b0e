/// What somebody sent: named values in the order in which they came, whatever they were encoded in.
///
/// Every value is well-formed UTF-8 without NUL. Nothing else has been checked: a form is text from a stranger.
struct Form: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        let name: String
        let value: String
    }

    private(set) var fields: [Field] = []

    /// A field that nobody needs more often than this in one form.
    static let mostFields = 100

    init(fields: [Field] = []) {
        self.fields = fields
    }

    mutating func add(_ name: String, _ value: String) throws(FormFailure) {
        guard fields.count < Self.mostFields else { throw .malformed }
        fields.append(Field(name: name, value: value))
    }

    /// The field's value, or nil where it did not come. Throws where it came twice: which one was meant?
    func single(_ name: String) throws(FormFailure) -> String? {
        let values = all(name)
        guard values.count < 2 else { throw .duplicate(name) }
        return values.first
    }

    func all(_ name: String) -> [String] {
        fields.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
    }
}

/// Why a body is no form of ours, named for what its sender must do.
enum FormFailure: Error, Equatable {
    /// Broken encoding: send it again.
    case malformed
    /// A field that can have one value came with several.
    case duplicate(String)
    /// A JSON member that should be a string is something else.
    case notText(String)
    /// A type of body that this route does not read.
    case unsupportedType
    case tooLarge
}
