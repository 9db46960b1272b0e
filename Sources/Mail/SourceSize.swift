/// How much somebody may write for one mail.
package enum SourceSize {
    /// Of a campaign's file, in bytes, here and at the client. More than the HTML may have; cmark takes quadratic time for some
    /// hostile texts.
    package static let largest = 128_000
}
