// The history: its chart, whose time is chosen by dragging; pickers beside instants; live tail.

import "./history_chart.js";
import "./instant_fields.js";
import "./pager.js";
import "./tail.js";
