"""Words people write for codes, for yes and no, and for nothing; simplified Chinese and English.

Traditional forms are folded in `kejing.facts.headers`. A mapping's own ``codes`` and ``null_values``
come before these.
"""

from __future__ import annotations

CODE_WORDS: dict[tuple[str, str], dict[str, str]] = {
    ("rms", "line"): {
        "对公": "corporate",
        "公司": "corporate",
        "对私": "retail",
        "零售": "retail",
        "个人": "retail",
        "大客户": "key_account",
        "商业": "business",
        "商企": "business",
        "社区": "community",
        "片区": "area",
        "电话": "phone",
        "资金产品经理": "treasury_officer",
        "结算产品经理": "treasury_officer",
        "信贷产品经理": "lending_officer",
        "风险经理": "risk_officer",
    },
    ("customers", "kind"): {
        "对公": "corporate",
        "公司": "corporate",
        "企业": "corporate",
        "对私": "retail",
        "零售": "retail",
        "个人": "retail",
        "电信": "telecom",
        "集团客户": "telecom",
    },
    ("coverage", "role"): {
        "主办": "lead",
        "主管": "lead",
        "协办": "assist",
        "备岗": "backup",
        "后备": "backup",
        "资金": "treasury",
        "结算": "treasury",
        "信贷": "lending",
        "授信": "lending",
    },
    ("contacts", "channel"): {
        "拜访": "visit",
        "上门": "visit",
        "电话": "phone",
        "视频": "video",
        "柜面": "counter",
        "网点": "counter",
        "其他": "other",
    },
    ("contacts", "direction"): {"呼出": "outbound", "主动": "outbound", "呼入": "inbound", "来访": "inbound"},
    ("pins", "rule"): {"指定": "pin", "回避": "forbid"},
}
"""Codes by (table, column) and the word that stands for them."""

CURRENCY_WORDS = {
    "人民币": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "港币": "HKD",
    "日元": "JPY",
}
"""Names of currencies; a unit such as 万元 is not among them: a scale is said in the mapping."""

TRUE_WORDS = ("true", "t", "yes", "y", "1", "是", "有", "√")
FALSE_WORDS = ("false", "f", "no", "n", "0", "否", "无", "×")

NULL_WORDS_OF_TEXT = ("null", "#n/a", "\\n", "none")
NULL_WORDS_OF_FIGURES = (*NULL_WORDS_OF_TEXT, "n/a", "na", "nan", "nat", "-", "--", "—", "——", "无", "/")
"""What stands for nothing, in lower case; in names ``NA`` and ``-`` may be meant."""

BOOKKEEPING_HEADERS = {
    "known_at": ("known at", "known_at", "获知日", "获知日期", "登记日期"),
    "voided": ("voided", "作废", "是否作废"),
}
