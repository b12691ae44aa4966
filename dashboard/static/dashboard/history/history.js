// The history: its chart, whose time is chosen by dragging; pickers beside instants; live tail.

import "./history_chart.js";
import "../web/instant_fields.js";
import "../web/pager.js";
import "./tail.js";
