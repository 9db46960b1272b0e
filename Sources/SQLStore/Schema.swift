/// Every column there is. A new one is a decision about what is kept of a person: no address of a machine, no user agent,
/// no opens, no clicks. A live database is compared with this, so that nothing more is ever kept unnoticed.
package enum Schema {
    package static let columns: [String: [String]] = [
        "address_change": ["subscription_id", "hash", "person", "digest", "expires_at"],
        "answer": ["domain", "hour", "count"],
        "audit": ["number", "at", "actor", "action", "subject", "result", "code"],
        "audit_head": ["id", "number", "code", "seal"],
        "block": [
            "id", "list_id", "source", "skips_bad", "state", "created_by", "created_at", "idempotency_key", "parts",
            "row_count", "duplicates", "invalid", "known", "blocked", "leaving",
        ],
        "block_row": ["seq", "block_id", "digest", "fingerprint"],
        "campaign": [
            "id", "list_id", "source", "subject", "state", "reason", "created_by", "created_at", "idempotency_key",
            "approved_by", "scheduled_for", "started_at", "finished_at", "next_seq", "last_seq", "recipients",
            "accepted", "withdrawn", "dead", "refused_for_us", "approved_digest", "approved_at", "approved_recipients",
            "notice", "run_kind", "run_count", "approval_seal", "file", "began_title", "began_language",
            "began_sender_name", "began_sender_address",
        ],
        "consent_evidence": ["hash", "text", "since"],
        "consent_wording": ["hash", "text", "language", "since"],
        "delivery": ["seq", "campaign_id", "state", "attempts", "next_at", "status", "holder", "cause"],
        "erasure": ["number", "subscription_id", "kept", "erased_at", "fingerprint", "list_id"],
        "event": [
            "id", "kind", "subscription_id", "list_id", "occurred_at", "due_at", "attempts", "failing_since", "status",
            "is_claimed", "holder",
        ],
        "fingerprint": ["fingerprint", "list_id", "created_at"],
        "import": [
            "id", "list_id", "class", "source", "state", "created_by", "created_at", "idempotency_key", "digest",
            "row_count", "duplicates", "imported", "known", "blocked", "evidence", "consent_day", "skips_bad", "parts",
            "invalid", "proposed_at", "approved_by", "announces",
        ],
        "import_row": [
            "seq", "import_id", "digest", "fingerprint", "subscription_id", "person", "language", "last_contact",
            "asked_at", "confirmed_at", "consent_text", "consent_policy", "consent_evidence", "class", "source",
            "is_restricted",
        ],
        "installation": [
            "key_check", "newest_key", "oldest_key", "move_state", "move_mark", "move_place", "clock_known",
            "clock_seen", "clock_stood", "clock_confirmed", "server",
        ],
        "instance": ["id", "until"],
        "ledger": ["number", "code"],
        "list": [
            "id", "slug", "title", "description", "sender_name", "sender_address", "basis", "language", "is_public",
            "created_at", "closed_at", "keep_subscriber_days", "keep_partner_days", "keep_prospect_days", "remind_days",
            "closed_days", "held_due", "held_population", "held_released", "former_until", "former_subscriber_days",
            "former_partner_days", "former_prospect_days", "asks_company",
        ],
        "migration": ["name"],
        "outbox": [
            "id", "subscription_id", "mail", "due_at", "attempts", "is_claimed", "holder", "status", "link",
            "link_seconds",
        ],
        "policy": [
            "number", "version", "effective", "is_material", "text", "hash", "published_at", "published_by",
            "language",
        ],
        "probe": ["id", "made_at", "mail"],
        "refusal": ["campaign_id", "status", "count"],
        "request_count": ["day", "outcome", "count"],
        "returned": ["campaign_id", "class", "status", "count"],
        "rights_request": [
            "id", "kind", "received_at", "due_at", "is_extended", "closed_at", "outcome", "handler", "digest",
        ],
        "staff": [
            "name", "role", "token_id", "token_hash", "created_at", "expires_at", "last_used", "seal", "lists",
        ],
        "subscription": [
            "seq", "id", "list_id", "digest", "person", "language", "state", "basis", "source", "consent_text",
            "consent_policy", "asked_at", "confirmed_at", "active_since", "last_activity", "last_notified", "noticed",
            "class", "reminded_at", "held_at", "held_status", "held_domain", "strike_kind", "strikes", "struck_first",
            "struck_last", "strike_campaign", "consent_evidence", "returned_campaign",
        ],
        "token": ["hash", "subscription_id", "purpose", "expires_at", "request", "sign_up", "wrong_tries"],
    ]
}
