/// A domain's word on who may use it in an envelope (RFC 7208), taken apart.
struct SPFRecord: Sendable, Equatable {
    enum Qualifier: Character, Sendable {
        case pass = "+"
        case fail = "-"
        case softFail = "~"
        case neutral = "?"
    }

    enum Mechanism: Sendable, Equatable {
        case all
        case include(String)
        case a(String?, four: Int, six: Int)
        case mx(String?, four: Int, six: Int)
        case ptr
        case network(IPAddress, prefix: Int)
        case exists(String)
    }

    struct Term: Sendable, Equatable {
        let qualifier: Qualifier
        let mechanism: Mechanism
    }

    struct SyntaxError: Error, Equatable {
        let term: String
    }

    private(set) var terms: [Term] = []
    private(set) var redirect: String?

    /// Whether a text is one: `v=spf1`, and a space or the end behind it.
    static func isOne(_ text: String) -> Bool {
        let start = text.utf8.prefix(6).elementsEqual("v=spf1".utf8) || text.lowercased().hasPrefix("v=spf1")
        return start && (text.utf8.count == 6 || text.utf8.dropFirst(6).first == UInt8(ascii: " "))
    }

    init(_ text: String) throws(SyntaxError) {
        for word in text.split(separator: " ").dropFirst().map(String.init) {
            if let modifier = Self.modifier(word) {
                guard modifier.name == "redirect" else { continue }
                guard redirect == nil, !modifier.value.isEmpty else { throw SyntaxError(term: word) }
                redirect = modifier.value
            } else {
                guard let term = Self.term(word) else { throw SyntaxError(term: word) }
                terms.append(term)
            }
        }
    }

    var all: Qualifier? { terms.last { $0.mechanism == .all }?.qualifier }

    /// `name=value`; an equals sign behind a colon or slash is a mechanism's own.
    private static func modifier(_ word: String) -> (name: String, value: String)? {
        guard let sign = word.firstIndex(where: { "=:/".contains($0) }), word[sign] == "=" else { return nil }
        return (word[..<sign].lowercased(), String(word[word.index(after: sign)...]))
    }

    private static func term(_ word: String) -> Term? {
        let qualifier = word.first.flatMap { Qualifier(rawValue: $0) }
        let rest = qualifier == nil ? Substring(word) : word.dropFirst()
        let name = rest.prefix { $0 != ":" && $0 != "/" }
        let argument = rest.dropFirst(name.count)
        guard let mechanism = mechanism(name.lowercased(), String(argument)) else { return nil }
        return Term(qualifier: qualifier ?? .pass, mechanism: mechanism)
    }

    private static func mechanism(_ name: String, _ argument: String) -> Mechanism? {
        let domain = argument.hasPrefix(":") ? String(argument.dropFirst()) : nil
        switch name {
        case "all": return argument.isEmpty ? .all : nil
        case "include": return domain.flatMap { $0.isEmpty ? nil : .include($0) }
        case "exists": return domain.flatMap { $0.isEmpty ? nil : .exists($0) }
        case "ptr": return argument.isEmpty || domain?.isEmpty == false ? .ptr : nil
        case "ip4", "ip6": return domain.flatMap { network($0, isSix: name == "ip6") }
        case "a", "mx":
            guard let host = host(argument) else { return nil }
            return name == "a"
                ? .a(host.name, four: host.four, six: host.six) : .mx(host.name, four: host.four, six: host.six)
        default: return nil
        }
    }

    private static func network(_ text: String, isSix: Bool) -> Mechanism? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let most = isSix ? 128 : 32
        guard parts.count <= 2, let address = IPAddress(String(parts[0])), address.bytes.count == most / 8,
            let prefix = parts.count == 1 ? most : Int(parts[1]), (0...most).contains(prefix)
        else { return nil }
        return .network(address, prefix: prefix)
    }

    /// `[:name][/4][//6]`
    private static func host(_ argument: String) -> (name: String?, four: Int, six: Int)? {
        let name = argument.hasPrefix(":") ? String(argument.dropFirst().prefix { $0 != "/" }) : nil
        if name?.isEmpty == true { return nil }
        let rest = argument.dropFirst(name.map { $0.count + 1 } ?? 0)
        guard !rest.isEmpty else { return (name, 32, 128) }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        func length(_ text: String, _ most: Int) -> Int? { Int(text).flatMap { (0...most).contains($0) ? $0 : nil } }
        switch parts.count {
        case 2: return length(parts[1], 32).map { (name, $0, 128) }
        case 3 where parts[1].isEmpty: return length(parts[2], 128).map { (name, 32, $0) }
        case 4 where parts[2].isEmpty:
            guard let four = length(parts[1], 32), let six = length(parts[3], 128) else { return nil }
            return (name, four, six)
        default: return nil
        }
    }
}
