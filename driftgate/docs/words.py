"""The words for columns, sections and limits in the languages of the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from driftgate.docs.model import NUMBERS, Member

# headings of columns, with the kind of the column
COLUMNS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "name": "参数 参数名 参数名称 字段 字段名 字段名称 Parameter Field Name",
        "type": "类型 数据类型 参数类型 字段类型 Type",
        "schema": "schema Schema",
        "required": "是否必选 是否必须 是否必填 是否必需 必填 必选 必须 Required",
        "value": "取值 值 Value",
        "example": "示例 示例值 Example",
        "says": "说明 参数说明 描述 参数描述 备注 Description",
    }.items()
    for word in words.split()
}
# titles of tables, with the part of the operation that they describe
PARTS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "header": "Header Headers 请求头 请求头参数",
        "path": "Path 路径参数",
        "query": "Query 查询参数",
        "body": "Body 请求体 请求体参数 请求参数",
        "answer": "返回参数 响应参数 返回结果 返回值 Response",
    }.items()
    for word in words.split()
}
METHOD_LABELS = ("请求方式", "请求方法", "Method")
ADDRESS_LABELS = ("请求地址", "接口地址", "请求URL", "URL")
REQUEST_MEDIA_LABELS = ("请求数据类型",)
REQUEST_EXAMPLES = ("请求示例", "Request example")
ANSWER_EXAMPLES = ("返回示例", "响应示例", "Response example")
CURL_EXAMPLES = ("CURL示例", "curl示例")
REQUIRED = {"必选": True, "必填": True, "必须": True, "是": True, "required": True, "true": True, "yes": True}
OPTIONAL = dict.fromkeys(("可选", "选填", "非必选", "非必填", "否", "optional", "false", "no"), False)
CHOICE = re.compile(r"二选一|[三四五]选一|至少(?:提供|填写|传)?一[个项]|(?:at least )?one of", re.IGNORECASE)

_AT_MOST = re.compile(
    r"(?:最多|至多|不超过|不得超过|上限|at most|up to|no more than)[^\d。；;]{0,8}(\d{1,9})\s*(?:个?字符|characters?)",
    re.IGNORECASE,
)
_FROM_TO = re.compile(
    r"(键|值|keys?|values?)?[^\d，。,;；]{0,16}?长度[^\d，。]{0,8}(\d{1,9})\s*[～~至到–—-]\s*(\d{1,9})\s*个?字符"
)
_PAIRS = re.compile(r"(\d{1,9})\s*(?:对|(?:key-value )?pairs)")
_DIGITS = re.compile(r"(\d{1,2})\s*(?:位|[- ]?digits?)")
_OF_KEYS = "propertyNames."


def limits(text: str, types: frozenset[str], *, is_map: bool) -> tuple[dict[str, int], dict[str, int]]:
    """The limits that a description states in words: of the member, and of the values in a map."""
    found: dict[str, int] = {}
    held: dict[str, int] = {}
    for match in _AT_MOST.finditer(text):
        found["maxLength"] = int(match[1])
    for of, least, most in _FROM_TO.findall(text):
        kind = (of or "").lower()
        if is_map and (kind.startswith(("值", "value"))):
            held |= {"minLength": int(least), "maxLength": int(most)}
        else:
            prefix = _OF_KEYS if is_map else ""
            found |= {f"{prefix}minLength": int(least), f"{prefix}maxLength": int(most)}
    pairs = _PAIRS.search(text) if is_map else None
    if pairs:
        found["maxProperties"] = int(pairs[1])
    digits = _DIGITS.search(text) if types <= NUMBERS else None
    if digits and 0 < int(digits[1]) < 20:
        found |= {"minimum": 10 ** (int(digits[1]) - 1), "maximum": 10 ** int(digits[1]) - 1}
    return found, held


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text. They may state a limit in words that we do not know."""
    return frozenset(re.findall(r"\d+", text))


_NAMED_TYPES: Mapping[str, tuple[frozenset[str], str]] = {
    "string": (frozenset({"string"}), ""),
    "integer": (frozenset({"integer"}), ""),
    "int": (frozenset({"integer"}), ""),
    "long": (frozenset({"integer"}), "int64"),
    "number": (NUMBERS, ""),
    "float": (NUMBERS, ""),
    "double": (NUMBERS, ""),
    "boolean": (frozenset({"boolean"}), ""),
    "bool": (frozenset({"boolean"}), ""),
    "object": (frozenset({"object"}), ""),
    "json": (frozenset({"object"}), ""),
    "map": (frozenset({"object"}), ""),
    "json map": (frozenset({"object"}), ""),
    "array": (frozenset({"array"}), ""),
    "list": (frozenset({"array"}), ""),
}
TYPE_WORDS = tuple(sorted((word for word in _NAMED_TYPES if " " not in word), key=len, reverse=True))
_TYPE = re.compile(r"(?P<word>json map|[a-z]+)\s*(?:\((?P<format>\w+)\)|\s+of\s+(?P<of>\w+)|[\[<].*)?", re.IGNORECASE)


def typed(cell: str) -> tuple[Member, str, bool]:
    """What a cell with a type says: the member, the name of its schema, and whether it is a map.

    An unknown word is kept as the type, so that it differs from every known one.
    """
    match = _TYPE.fullmatch(cell.strip())
    word = match["word"].lower() if match else ""
    if match is None or word not in _NAMED_TYPES:
        return Member(frozenset({cell.strip()})), "", False
    types, implied = _NAMED_TYPES[word]
    named = match["of"] if match["of"] and match["of"].lower() not in _NAMED_TYPES else ""
    form = match["format"] or implied
    is_map = word.endswith("map")
    stated = {"format": form} if form else {}
    return (
        Member(types, limits=stated, opaque=bool(types & {"object", "array"}) and not is_map),
        named or "",
        is_map,
    )
