"""Letters: long texts."""


def statement(customer, entries):
    """A statement of account, as it is printed."""
    lines = [f"Dear {customer},", "", "this is your account as we have it:", ""]
    balance = 0
    for number, (text, amount) in enumerate(entries, 1):
        balance += amount
        lines.append(f"{number:>4}  {text:<24} {amount:>8} {balance:>8}")
    lines += ["", f"{'to pay' if balance < 0 else 'credit'}: {abs(balance)}", "", "Yours,", "the office"]
    return "\n".join(lines) + "\n"
