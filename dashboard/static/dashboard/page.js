// What every page does: theme, zone, counters, copying. Each part is a module of its own.

import "./theme.js";
import "./zone.js";
import "./tick.js";
import "./copy.js";
