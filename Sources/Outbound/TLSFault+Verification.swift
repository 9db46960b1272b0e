package import Mail

extension TLSFault {
    /// OpenSSL's verdict (`X509_V_ERR_…`). 1 is what curl has there until the chain is judged; it looks at the name before.
    package init(verification code: Int) {
        switch code {
        case 0, 1, 62, 64: self = .otherName
        case 9: self = .notYetValid
        case 10: self = .expired
        case 2, 18, 19, 20, 21: self = .unknownAuthority
        default: self = .other("OpenSSL's verification error \(code)")
        }
    }
}
