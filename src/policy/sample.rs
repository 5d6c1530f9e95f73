//! A small but real policy, for documentation and tests.

use super::PolicyDoc;

/// The policy of a small Turkish shop: an office calendar with the public holidays, better promises for VIPs,
/// three queues with their routes, and two event rules.
///
/// Its calendar is that of `Europe/Istanbul` with the feature `chrono-tz`, else of the offset `+03:00`.
///
/// ```
/// let doc = destek::policy::sample();
/// assert_eq!(doc.queues.len(), 3);
/// assert!(doc.compile().is_ok());
/// ```
#[must_use]
pub fn sample() -> PolicyDoc {
    // Tests hold that the text reads; an empty document, should it not, compiles to a finding.
    let mut doc: PolicyDoc = serde_json::from_str(SHOP).unwrap_or_default();
    if !cfg!(feature = "chrono-tz") {
        for calendar in doc.calendars.values_mut() {
            "+03:00".clone_into(&mut calendar.zone);
        }
    }
    doc
}

const SHOP: &str = r#"{
  "version": 1,
  "silence": { "after": "72h" },
  "thanks": ["emeğinize sağlık"],
  "default_queue": "genel",
  "calendar": {
    "office": {
      "zone": "Europe/Istanbul",
      "week": "mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00",
      "holidays": [
        "01-01 = Yılbaşı",
        "04-23 = Ulusal Egemenlik ve Çocuk Bayramı",
        "05-01 = Emek ve Dayanışma Günü",
        "05-19 = Atatürk'ü Anma, Gençlik ve Spor Bayramı",
        "07-15 = Demokrasi ve Millî Birlik Günü",
        "08-30 = Zafer Bayramı",
        "10-28 from 13:00 = Cumhuriyet Bayramı arifesi",
        "10-29 = Cumhuriyet Bayramı"
      ]
    }
  },
  "tier": [{ "name": "vip", "raise": 1 }],
  "priority": [
    { "name": "acil", "level": "urgent" },
    { "name": "yüksek", "level": "high" },
    { "name": "olağan", "level": "normal" },
    { "name": "düşük", "level": "low" }
  ],
  "kind": [
    { "name": "iade", "category": "request" },
    { "name": "değişim", "category": "request" },
    { "name": "kargo", "category": "question" },
    { "name": "şikâyet", "category": "complaint" }
  ],
  "stage": [
    { "name": "satış öncesi", "category": "pre" },
    { "name": "teslimat", "category": "in" },
    { "name": "satış sonrası", "category": "post" }
  ],
  "field": [
    { "name": "iade_nedeni", "type": "choice", "options": ["beden", "kusurlu", "vazgeçti"] },
    { "name": "takip_no", "type": "text" }
  ],
  "role": [
    {
      "name": "agent",
      "may": [
        "view", "open", "receive", "reply", "note", "take", "transfer", "hold", "resolve", "confirm", "reopen",
        "prioritize", "classify", "tag", "set_field", "participate", "follow", "grant",
        "merge", "split", "link", "ask", "task", "log_time", "side", "receive_side"
      ],
      "scope": "team",
      "grants": { "refund": "500 TRY", "voucher": ["250 TRY", "10 EUR"] }
    },
    {
      "name": "lead",
      "may": [
        "view", "open", "receive", "reply", "note", "take", "assign", "transfer", "hold", "resolve", "confirm",
        "reopen", "close", "prioritize", "classify", "tag", "set_field", "participate", "follow", "screen", "grant",
        "presence", "merge", "split", "link", "bulk", "ask", "approve", "share_views", "task", "log_time", "side",
        "receive_side", "ban", "schedule"
      ],
      "scope": "all",
      "grants": { "refund": "10000 TRY", "voucher": ["1000 TRY", "40 EUR"] }
    }
  ],
  "queue": [
    { "name": "genel", "teams": ["destek"], "tell_after": "30m" },
    { "name": "iade", "teams": ["iade-ekibi", "destek"], "skills": { "iade": 2 }, "tell_after": "15m" },
    { "name": "kargo", "teams": ["destek"] }
  ],
  "route": [
    {
      "name": "iade",
      "when": { "any": [
        { "kind": ["iade", "değişim"] },
        { "text": ["iade*", "değişim*", "değiştir*", "refund", "return"] }
      ] },
      "queue": "iade"
    },
    { "name": "kargo", "when": { "text": ["kargo*", "teslimat*", "shipping", "delivery"] }, "queue": "kargo" }
  ],
  "sla": [
    {
      "name": "vip",
      "when": { "customer_tier": "vip" },
      "first_response": { "budget": "15m", "warn_at": ["5m left"] },
      "resolution": { "budget": "8h", "calendar": "office", "warn_at": ["80%"] }
    },
    {
      "name": "herkes",
      "first_response": { "budget": "2h", "calendar": "office", "warn_at": ["80%"] },
      "resolution": {
        "budget": "16h",
        "calendar": "office",
        "warn_at": ["50%", "80%"],
        "pauses_on": ["customer", "third_party"]
      }
    }
  ],
  "head_start": { "urgent": "4h", "high": "1h" },
  "rule": [
    {
      "name": "iade talebi",
      "on": ["opened"],
      "when": { "text": ["iade*", "refund"] },
      "then": [{ "set_kind": "iade" }, { "set_stage": "satış sonrası" }]
    },
    {
      "name": "kırılan söz",
      "on": ["breached"],
      "when": { "customer_tier": "vip" },
      "then": [{ "notify": { "to": "lead", "text": "VIP müşteriye verilen süre aşıldı." } }]
    }
  ]
}"#;
