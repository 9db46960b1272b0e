/// Which column holds what: as the first line says, or as the first line shows where it names nothing.
package struct ColumnMap: Equatable, Sendable {
    package let tool: Tool
    /// As they stand there, for whoever reads what was found.
    package let names: [String]
    /// By place; nil for what we have no use for.
    package private(set) var columns: [Column?]
    /// Where companies are, which stay here unless the list asks for them.
    private var companies: [Int] = []
    /// There is no line of names: the first record is a person.
    package let isBare: Bool

    package enum Fault: Error, Equatable {
        case noAddress([String])
        /// Two columns seem to hold the same.
        case twice(Column, [String])
        case noSuchColumn(String)
    }

    /// `dayColumn`: its name, where somebody says which one has the day of the consent.
    package init(_ fields: [String], tool named: Tool? = nil, dayColumn: String? = nil) throws(Fault) {
        let address = fields.firstIndex { $0.contains("@") }
        isBare = address != nil
        tool = named ?? (address == nil ? Tool(columns: fields) : fields.count == 1 ? .mailman : .csv)
        names = address == nil ? fields.map(\.trimmedFile) : []
        columns = []
        if let address { columns = Self.bare(fields, address: address) } else { columns = try byName(dayColumn) }
        guard columns.contains(.email) else { throw .noAddress(names) }
    }

    private mutating func byName(_ dayColumn: String?) throws(Fault) -> [Column?] {
        var found = names.map { tool.column($0) }
        companies = found.indices.filter { found[$0] == .company }
        for place in companies { found[place] = nil }
        if let dayColumn {
            let wanted = Column.plain(dayColumn)
            guard let place = names.firstIndex(where: { Column.plain($0) == wanted }) else {
                throw .noSuchColumn(dayColumn)
            }
            for (index, column) in found.enumerated() where column == .confirmedAt { found[index] = nil }
            found[place] = .confirmedAt
        }
        for column in Column.allCases where column != .leavingMark && column != .bounceMark {
            let places = found.indices.filter { found[$0] == column }
            if places.count > 1 { throw .twice(column, places.map { names[$0] }) }
        }
        return found
    }

    /// An address, and the one other cell beside it.
    private static func bare(_ fields: [String], address: Int) -> [Column?] {
        fields.indices.map { $0 == address ? .email : fields.count == 2 ? .name : nil }
    }

    /// What the company's column is called there, where there is one that is not used.
    package var unusedCompany: String? { has(.company) ? nil : companies.first.map { names[$0] } }

    /// The list asks for it.
    mutating func useCompany() throws(Fault) {
        guard companies.count <= 1 else { throw .twice(.company, companies.map { names[$0] }) }
        for place in companies where columns[place] == nil { columns[place] = .company }
    }

    package func has(_ column: Column) -> Bool { columns.contains(column) }

    /// Whether a column says where its people stand.
    var saysStanding: Bool { has(.standing) || has(.leavingMark) || has(.bounceMark) }

    /// Of the columns that we have a use for, as they are called there.
    package var used: [String] { zip(names, columns).compactMap { $1 == nil ? nil : $0 } }
    package var unusedCount: Int { columns.count { $0 == nil } }
}

/// One line of a file of people.
package struct PersonLine: Equatable, Sendable {
    package let line: Int
    package var values: [Column: String]
    package let standing: Standing

    /// Nil where it has more cells than there are columns.
    init?(_ line: Int, _ fields: [String], _ map: ColumnMap) {
        guard fields.dropFirst(map.columns.count).allSatisfy(\.trimmedFile.isEmpty) else { return nil }
        self.line = line
        var (values, standings) = ([Column: String](), [Standing]())
        var isConfirmed: Bool?
        for (column, field) in zip(map.columns, fields) {
            guard let column else { continue }
            let text = field.trimmedFile
            switch column {
            case .standing: standings.append(Standing(word: text))
            case .leavingMark: standings.append(Standing(leavingMark: text))
            case .bounceMark:
                standings.append(Standing(leavingMark: text) == .subscribed ? .subscribed : .dead)
            case .confirmedMark: isConfirmed = Standing(word: text) == .subscribed && !text.isEmpty
            default: if !text.isEmpty { values[column] = text }
            }
        }
        if isConfirmed == false { values[.confirmedAt] = nil }
        standing = standings.first { $0 != .subscribed } ?? .subscribed
        self.values = values
        if map.tool == .mailman || map.isBare { takeNameFromAddress() }
        joinNames()
    }

    /// `Ann Lee <ann@example.org>`
    private mutating func takeNameFromAddress() {
        guard let text = values[.email], let open = text.lastIndex(of: "<"), text.hasSuffix(">") else { return }
        values[.email] = String(text[text.index(after: open)...].dropLast())
        let name = text[..<open].filter { $0 != "\"" }
        if values[.name] == nil { values[.name] = String(name).trimmedFile }
    }

    private mutating func joinNames() {
        let parts = [values.removeValue(forKey: .firstName), values.removeValue(forKey: .lastName)].compactMap(\.self)
        if values[.name] == nil, !parts.isEmpty { values[.name] = parts.joined(separator: " ") }
    }

    /// By which a line of the same address is known again, whatever case it is written in.
    var key: UInt64? {
        values[.email].map { text in
            text.lowercased().utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
    }
}
