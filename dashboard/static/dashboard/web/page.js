// What every page does: theme, zone, counters, copying, hints, scrolling. Each part is a module of its own.

import "./theme.js";
import "./zone.js";
import "./tick.js";
import "./copy.js";
import "./hints.js";
import "./scrollables.js";
