"""What a receipt says, in both languages: words, amounts, dates, quantities. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from actors.runtime.money import EXPONENTS

_SYMBOLS = {"IDR": "Rp"}
_MONTHS = {
    "id": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
_WORDS = {
    "copy": ("SALINAN", "COPY"),
    "gift": ("STRUK HADIAH", "GIFT RECEIPT"),
    "bill": ("TAGIHAN - BELUM LUNAS", "BILL - NOT PAID YET"),
    "cancelled": ("DIBATALKAN", "CANCELLED"),
    "number": ("No.", "No."),
    "order": ("Pesanan", "Order"),
    "date": ("Tanggal", "Date"),
    "cashier": ("Kasir", "Cashier"),
    "customer": ("Pelanggan", "Customer"),
    "items": ("barang", "items"),
    "subtotal": ("Subtotal", "Subtotal"),
    "discount": ("Diskon", "Discount"),
    "coupon": ("Kupon", "Coupon"),
    "service": ("Layanan", "Service"),
    "exempt": ("Bebas pajak", "Tax exemption"),
    "adjustment": ("Penyesuaian", "Adjustment"),
    "rounding": ("Pembulatan", "Rounding"),
    "sum": ("Jumlah", "Sum"),
    "total": ("TOTAL", "TOTAL"),
    "tip": ("Tip", "Tip"),
    "change": ("Kembali", "Change"),
    "missing": ("BELUM DIBAYAR", "STILL TO PAY"),
    "taxed": ("Sudah termasuk pajak", "Taxes included"),
    "bases": ("Pajak dihitung dari", "Taxes were taken of"),
    "net": ("DPP", "Net"),
    "saved": ("Anda hemat", "You saved"),
    "refund": ("REFUND", "REFUND"),
    "returned": ("Dikembalikan", "Given back"),
    "kept": ("Setelah pengembalian", "After refunds"),
    "goods": ("Barang kembali", "Came back"),
    "scan": ("Pindai untuk struk digital", "Scan for the digital receipt"),
    "thanks": ("Terima kasih atas kunjungan Anda", "Thank you for your visit"),
    "exchangeable": ("Dapat ditukar dengan struk ini", "Can be exchanged with this receipt"),
    "cash": ("Tunai", "Cash"),
    "card": ("Kartu", "Card"),
    "qris": ("QRIS", "QRIS"),
    "transfer": ("Transfer", "Transfer"),
    "voucher": ("Voucher", "Voucher"),
    "other": ("Lainnya", "Other"),
    "gift_card": ("Kartu hadiah", "Gift card"),
    "store_credit": ("Saldo toko", "Store credit"),
    "exchange": ("Penukaran", "Exchange"),
    "on_account": ("Kredit pelanggan", "On account"),
    "points": ("Poin", "Points"),
    "return": ("Retur barang", "Return"),
    "amount": ("Pengembalian uang", "Money back"),
    "cancel": ("Pembatalan", "Cancelled"),
}


class Speech(Struct, frozen=True):
    """One language, and one currency: a receipt has no other."""

    language: str
    currency: str
    zone: str

    def word(self, key: str) -> str:
        """That of a kind which has been added since then is the kind itself."""
        known = _WORDS.get(key)
        return known[self.language == "en"] if known else key.replace("_", " ")

    def amount(self, minor: int) -> str:
        """"7.000", "-1.400" or "693,69": rupiah has sen only where there are some."""
        exponent = EXPONENTS.get(self.currency, 0)
        whole, rest = divmod(abs(minor), 10**exponent)
        point, comma = (",", ".") if self.language == "id" else (".", ",")
        text = f"{whole:,}".replace(",", comma)
        if exponent and (rest or self.currency != "IDR"):
            text += f"{point}{rest:0{exponent}}"
        return f"-{text}" if minor < 0 else text

    def money(self, minor: int) -> str:
        """With its currency: "Rp 7.000", "USD 10.50"."""
        sign = "-" if minor < 0 else ""
        return f"{sign}{_SYMBOLS.get(self.currency, self.currency)} {self.amount(abs(minor))}"

    def quantity(self, text: str, unit: str) -> str:
        """"2", or "0,750 kg"."""
        text = text.replace(".", ",") if self.language == "id" else text
        return text if unit in ("piece", "") else f"{text} {unit}"

    def moment(self, at: datetime) -> str:
        """In the store's own time: "31 Jan 2026 09:30"."""
        local = at.astimezone(ZoneInfo(self.zone))
        return f"{local.day} {_MONTHS[self.language][local.month - 1]} {local.year} {local:%H:%M}"

    def rate(self, rate: str) -> str:
        return f"{rate.replace('.', ',') if self.language == 'id' else rate}%"
