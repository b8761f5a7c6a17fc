"""The window's style sheet, from a theme: quiet lines, one accent, no boxes in boxes."""

from __future__ import annotations

from graphlab.gui.theme import GRID, Theme, blend
from graphlab.paths import shipped


def style_sheet(theme: Theme) -> str:
    """Qt's style sheet in the theme's colours."""
    return _grounds(theme) + _buttons(theme) + _fields(theme) + _marks(theme)


def _grounds(theme: Theme) -> str:
    """Panels and menus."""
    hover = _hover(theme)
    return f"""
    QMainWindow, QDialog, #whole, #bar, #timeline, #side, #shelf, #welcome {{
        background: {theme.ground}; }}
    #notice {{ background: {theme.pill}; border-bottom: 1px solid {theme.border}; }}
    #palette {{ background: {theme.card}; border: 1px solid {theme.border}; border-radius: 8px; }}
    #palette QListWidget {{ background: transparent; }}
    QLabel {{ color: {theme.text}; background: transparent; }}
    QSplitter::handle {{ background: {theme.border}; }}
    QMenuBar, QStatusBar {{ background: {theme.ground}; color: {theme.text}; }}
    QMenuBar {{ padding: 0 {GRID}px; }}
    QMenuBar::item {{ padding: 4px {GRID}px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {hover}; }}
    QMenu {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.border};
             padding: 4px; }}
    QMenu::item {{ padding: 5px 24px 5px 24px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {hover}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.border}; margin: 4px {GRID}px; }}
    QStatusBar {{ border-top: 1px solid {theme.border}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {theme.muted}; padding: 0 {GRID}px; }}
    #bar {{ border-bottom: 1px solid {theme.border}; }}
    #words {{ background: {theme.card}; border: 1px solid {theme.border}; border-radius: 8px; }}
    #words[quiet="true"] {{ background: {theme.ground}; border-color: transparent; }}
    #floating {{ background: {theme.card}; border: 1px solid {theme.border};
                 border-radius: 6px; }}
    #timeline {{ border-top: 1px solid {theme.border}; }}
    #ring {{ border: 2px solid {theme.accent}; background: transparent; }}
    """


def _buttons(theme: Theme) -> str:
    """What is pressed."""
    hover = _hover(theme)
    pressed = blend(theme.text, theme.ground, 0.14)
    return f"""
    QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 5px {GRID}px;
                   color: {theme.text}; background: transparent; }}
    QToolButton:hover:enabled {{ background: {hover}; }}
    QToolButton:pressed {{ background: {pressed}; }}
    QToolButton:focus {{ border-color: {theme.accent}; }}
    QToolButton#opener {{ padding: 0; border: none; margin-left: -4px; }}
    QToolButton#opener, QToolButton#opener:disabled {{ color: {theme.muted}; }}
    QToolButton#mode {{ border-color: {theme.border}; }}
    QToolButton#mode:checked {{ border-color: {theme.accent}; }}
    QToolButton:disabled {{ color: {theme.muted}; }}
    QTabBar::tab {{ border: none; border-bottom: 2px solid transparent; padding: 4px 2px;
                    margin-right: 14px; color: {theme.muted}; background: transparent; }}
    QTabBar::tab:selected {{ color: {theme.text}; border-color: {theme.accent}; }}
    QTabBar::tab:hover:!selected {{ color: {theme.text}; }}
    QMessageBox, QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QPushButton {{ border: 1px solid {theme.border}; border-radius: 6px; padding: 6px 12px;
                   background: {theme.card}; color: {theme.text}; }}
    QPushButton:hover {{ background: {hover}; }}
    QPushButton:checked {{ border-color: {theme.accent}; background: {pressed}; }}
    QPushButton:focus {{ border-color: {theme.accent}; }}
    """


def _fields(theme: Theme) -> str:
    """What is typed into, chosen from and scrolled."""
    return f"""
    QPlainTextEdit, QLineEdit {{ border: 1px solid {theme.border}; border-radius: 6px;
        background: {theme.card}; color: {theme.text}; selection-background-color: {theme.accent};
        selection-color: {theme.on_accent}; }}
    QLineEdit {{ padding: 3px 6px; }}
    QPlainTextEdit:focus, QLineEdit:focus {{ border-color: {theme.accent}; }}
    #formula[pending="true"] {{ border: 2px solid {theme.accent}; }}
    QLabel#pending {{ color: {theme.accent}; }}
    QComboBox, QSpinBox {{ border: 1px solid {theme.border}; border-radius: 6px;
        padding: 3px 6px; background: {theme.card}; color: {theme.text};
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow, QSpinBox::up-arrow, QSpinBox::down-arrow {{
        width: 9px; height: 5px; }}
    QComboBox::down-arrow, QSpinBox::down-arrow {{ background: {_wedge(theme.muted, 1, 63)}; }}
    QSpinBox::up-arrow {{ background: {_wedge(theme.muted, 0, 243)}; }}
    QSpinBox::up-button, QSpinBox::down-button {{ border: none; background: transparent;
        width: 16px; }}
    QComboBox:focus, QSpinBox:focus {{ border-color: {theme.accent}; }}
    QComboBox:disabled, QSpinBox:disabled {{ color: {theme.muted}; }}
    QComboBox QAbstractItemView {{ background: {theme.card}; color: {theme.text};
        border: 1px solid {theme.border}; selection-background-color: {_hover(theme)};
        selection-color: {theme.text}; outline: none; }}
    QListView {{ background: transparent; border: none; outline: none; }}
    #rename {{ border: 2px solid {theme.accent}; font-weight: 600; }}
    #renameProblem {{ background: {theme.card}; color: {theme.problem}; padding: 5px {GRID}px;
                      border: 1px solid {theme.border}; border-radius: 6px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QScrollBar:vertical {{ width: 8px; background: transparent; }}
    QScrollBar::handle:vertical {{ background: {theme.border}; border-radius: 4px;
                                   min-height: 24px; }}
    QScrollBar:horizontal {{ height: 8px; background: transparent; }}
    QScrollBar::handle:horizontal {{ background: {theme.border}; border-radius: 4px;
                                     min-width: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    """


def _marks(theme: Theme) -> str:
    """Texts and signs by what they mean."""
    return f"""
    QTextBrowser {{ border: none; background: transparent; color: {theme.text}; }}
    #exercise {{ background: {theme.card}; border: none; border-radius: 6px;
                 border-left: 3px solid {theme.border}; }}
    QRadioButton, QCheckBox {{ color: {theme.text}; spacing: {GRID}px; }}
    QRadioButton::indicator {{ width: 12px; height: 12px; border-radius: 7px;
                               border: 1px solid {theme.line}; background: {theme.ground}; }}
    QRadioButton::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent}; }}
    QCheckBox::indicator {{ width: 12px; height: 12px; border-radius: 3px;
                            border: 1px solid {theme.line}; background: {theme.ground}; }}
    QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent};
                                    image: url("{_tick(theme)}"); }}
    QCheckBox::indicator:focus {{ border: 2px solid {theme.accent}; }}
    QRadioButton:focus, QCheckBox:focus {{ outline: none; }}
    QRadioButton::indicator:focus {{ border: 2px solid {theme.accent}; }}
    QLabel#verdict[state="right"] {{ color: {theme.accent}; }}
    QLabel#verdict[state="wrong"] {{ color: {theme.problem}; }}
    QLabel#verdict[state="open"] {{ color: {theme.muted}; }}
    QLabel#problem {{ color: {theme.problem}; }}
    QLabel#told {{ color: {theme.problem}; background: {theme.card}; padding: 4px 6px;
                   border: 1px solid {theme.problem}; border-radius: 6px; }}
    QLabel#heading, QLabel#muted {{ color: {theme.muted}; }}
    QToolTip {{ background: {theme.card}; color: {theme.text};
                border: 1px solid {theme.border}; padding: 4px; }}
    #rows {{ background: {theme.ground}; color: {theme.text}; border: none; outline: none;
             selection-background-color: {_hover(theme)}; selection-color: {theme.text}; }}
    #rows QHeaderView, #rows QHeaderView::section {{ background: {theme.ground}; border: none;
             color: {theme.muted}; padding: 0 1px; }}
    #moves {{ border-color: {theme.border}; background: {theme.card}; }}
    #moves::menu-indicator {{ image: none; }}
    QPushButton:disabled {{ color: {theme.muted}; background: {theme.ground}; }}
    QProgressBar {{ border: none; border-radius: 3px; background: {theme.pill};
                    max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; }}
    """


def _hover(theme: Theme) -> str:
    return blend(theme.text, theme.ground, 0.07)


def _tick(theme: Theme) -> str:
    """The picture of a tick, in the colour of what stands on the accent."""
    return (shipped("resources") / "icons" / f"tick-{theme.name}.svg").as_posix()


def _wedge(colour: str, tip: int, angle: int) -> str:
    """A triangle with its tip at the bottom (1) or the top (0); borders make none in Qt."""
    return (
        f"qconicalgradient(cx: 0.5, cy: {tip}, angle: {angle}, stop: 0 {colour}, "
        f"stop: 0.148 {colour}, stop: 0.149 transparent, stop: 1 transparent)"
    )
