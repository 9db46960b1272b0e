extension Migrations {
    static let grants: [Step] = [
        Step(
            name: "seals of grants",
            statements: [
                // HMACs of rows that give somebody a right.
                "ALTER TABLE staff ADD COLUMN seal BLOB",
                "ALTER TABLE campaign ADD COLUMN approval_seal BLOB",
            ]),
        Step(
            name: "campaigns as they began",
            statements: [
                "ALTER TABLE campaign ADD COLUMN file TEXT",
                // What is rendered of the list, as it was when the campaign began.
                "ALTER TABLE campaign ADD COLUMN began_title TEXT",
                "ALTER TABLE campaign ADD COLUMN began_language TEXT",
                "ALTER TABLE campaign ADD COLUMN began_sender_name TEXT",
                "ALTER TABLE campaign ADD COLUMN began_sender_address TEXT",
                """
                UPDATE campaign SET
                    began_title = (SELECT title FROM list WHERE list.id = campaign.list_id),
                    began_language = (SELECT language FROM list WHERE list.id = campaign.list_id),
                    began_sender_name = (SELECT sender_name FROM list WHERE list.id = campaign.list_id),
                    began_sender_address = (SELECT sender_address FROM list WHERE list.id = campaign.list_id)
                WHERE started_at IS NOT NULL
                """,
            ]),
        Step(
            name: "wrong codes",
            statements: ["ALTER TABLE token ADD COLUMN wrong_tries INTEGER NOT NULL DEFAULT 0"]),
        Step(
            name: "shortened terms",
            statements: [
                // The terms before, which hold on until then.
                "ALTER TABLE list ADD COLUMN former_until INTEGER",
                "ALTER TABLE list ADD COLUMN former_subscriber_days INTEGER",
                "ALTER TABLE list ADD COLUMN former_partner_days INTEGER",
                "ALTER TABLE list ADD COLUMN former_prospect_days INTEGER",
            ]),
    ]
}
