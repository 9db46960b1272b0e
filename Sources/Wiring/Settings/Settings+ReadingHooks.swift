import Newsletter
import Web

/// Providers that report by calls.
extension Settings {
    mutating func readHooks(_ reader: inout SettingsReader) {
        relayProvider = reader.word("relay.provider", ProviderEcho.self) ?? relayProvider
        hooks = HookProvider.allCases.compactMap { hook($0, &reader) }
        guard relayProvider != .none, !hooks.contains(where: { $0.provider.rawValue == relayProvider.rawValue }) else {
            return
        }
        reader.remarks.append(
            .warning(
                "relay.provider: \(relayProvider.rawValue) reports bounces and complaints by calls, and they are lost until "
                    + "hooks.\(relayProvider.rawValue) is set: docs/operator.md says what to enter there"))
    }

    private func hook(_ provider: HookProvider, _ reader: inout SettingsReader) -> Hook? {
        let (place, problems) = ("hooks.\(provider.rawValue)", reader.problems.count)
        let secret = reader.secret("\(place).secret-file")
        let key = provider.hasKey ? reader.secret("\(place).key-file") : nil
        let topics = provider.hasTopics ? reader.texts("\(place).topics") : []
        guard secret != nil || key != nil || !topics.isEmpty, reader.problems.count == problems else { return nil }
        guard let secret, key != nil || !provider.hasKey, !topics.isEmpty || !provider.hasTopics else {
            reader.problem(place, "secret-file and \(Self.others(provider)) go together: give all or none")
            return nil
        }
        guard (20...200).contains(secret.utf8.count), secret.utf8.allSatisfy(Self.mayStandInPath) else {
            reader.problem(
                "\(place).secret-file",
                "holds no secret for a URL: 20 to 200 letters and digits, e.g. openssl rand -hex 32")
            return nil
        }
        guard let hook = Hook(provider: provider, secret: secret, key: key ?? "", topics: topics) else {
            reader.problem(
                place,
                "\(Self.others(provider)) is none of \(provider.rawValue)'s: docs/operator.md says where it is found")
            return nil
        }
        return hook
    }

    private static func others(_ provider: HookProvider) -> String {
        ((provider.hasKey ? ["key-file"] : []) + (provider.hasTopics ? ["topics"] : [])).joined(separator: " and ")
    }

    private static func mayStandInPath(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x5F
    }
}
