"""What a client says of its body, so that nothing of it can trip a library.

Forms and addresses are UTF-8 here: another character set that is told counts as none. Django would
decode the address by it, too, and some of Python's codecs are none for text.
"""

from django.utils.http import parse_header_parameters


def readable(content_type: str) -> str:
    """The same header without a character set; empty where it can't be read."""
    try:
        kind, parameters = parse_header_parameters(content_type)
    except ValueError:
        return ""
    if "charset" not in parameters:
        return content_type
    kept = (f'; {name}="{value}"' for name, value in parameters.items() if name != "charset")
    return kind + "".join(kept)
