// @ts-check
// <map>: places on a plain grid. No picture of the world is fetched.
import { Component, h } from "preact";
import { makeEvent } from "../events.js";
import { CONTEXT } from "./contexts.js";
import { isCalm, listenToDrags, listenToPinches } from "./drag.js";
import { element, isOn, number } from "./element.js";
import { draw } from "./map-drawing.js";
import { distance, fitting, project, unproject } from "./mercator.js";

/** @typedef {import("./mercator.js").Place} Place */
/** @typedef {{ x: number, y: number }} Point */

const [LEAST, MOST, USUAL] = [3, 20, 16];
const QUIET = 200; // milliseconds after which turning the wheel is over

/** @type {(value: any) => any[]} */
const list = (value) => (Array.isArray(value) ? value.filter((it) => it && typeof it === "object") : []);

/** @type {(color: any) => string} #RRGGBBAA is CSS, too */
const css = (color) => (typeof color === "string" && CSS.supports("color", color) ? color : "");

/** @type {(parts: Record<string, unknown>) => string} */
const style = (parts) =>
  Object.entries(parts)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}:${value}`)
    .join(";");

/** @type {(value: any) => string | undefined} */
const px = (value) => (value === undefined || value === null || value === "" ? undefined : `${number(value, 0)}px`);

class Ground extends Component {
  /** @type {HTMLElement} */
  box = /** @type {any} */ (null); // until it is mounted
  /** @type {HTMLCanvasElement} */
  canvas = /** @type {any} */ (null); // until it is mounted
  /** @type {Place} */
  center = { latitude: 0, longitude: 0 };
  scale = USUAL;
  /** The marker whose callout is open. */
  /** @type {any} */
  open = undefined;
  /** What a context has put in place of attributes. */
  /** @type {Record<string, any>} */
  own = {};
  /** Where translateMarker has taken markers, by id. */
  /** @type {Record<string, Place>} */
  moved = {};
  isLocked = false;
  /** @type {number | undefined} */
  turning = undefined;
  /** @type {(() => void)[]} */
  endings = [];

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @type {(name: string) => any} */
  read = (name) => this.own[name] ?? this.attributes.props[name];

  get size() {
    return { width: this.box?.clientWidth ?? 0, height: this.box?.clientHeight ?? 0 };
  }

  /** @type {(place: Place) => Point} from the corner of the map */
  toScreen = (place) => {
    const [at, center] = [project(place, this.scale), project(this.center, this.scale)];
    const { width, height } = this.size;
    return { x: at.x - center.x + width / 2, y: at.y - center.y + height / 2 };
  };

  /** @type {(point: Point) => Place} */
  toPlace = ({ x, y }) => {
    const center = project(this.center, this.scale);
    const { width, height } = this.size;
    return unproject({ x: center.x + x - width / 2, y: center.y + y - height / 2 }, this.scale);
  };

  // Its handlers read the fields of the event itself.
  /** @type {(name: string, detail: object, event?: Event | null) => void} */
  emit = (name, detail, event = null) =>
    this.attributes.events[name.toLowerCase()]?.run({ ...makeEvent(name, event, this.box, detail), ...detail });

  /** @param {"begin" | "end"} type */
  tellRegion = (type) => this.emit("regionChange", { type, ...this.center, scale: this.scale });

  constructor(/** @type {any} */ props) {
    super(props);
    this.take(null);
  }

  componentDidMount() {
    this.box.addEventListener("wheel", this.turn, { passive: false });
    const resized = new ResizeObserver(() => this.refresh());
    resized.observe(this.box);
    let from = { x: 0, y: 0 };
    const stop = listenToDrags(this.box, {
      axis: () => (this.isLocked || !isOn(this.read("enable-scroll") ?? true) ? "none" : "all"),
      start: () => {
        from = project(this.center, this.scale);
        this.tellRegion("begin");
      },
      move: ({ dx, dy }) => this.see(unproject({ x: from.x - dx, y: from.y - dy }, this.scale), this.scale),
      end: () => this.tellRegion("end"),
    });
    let first = this.scale;
    listenToPinches(this.box, {
      accepts: () => !this.isLocked && isOn(this.read("enable-zoom") ?? true),
      start: () => {
        first = this.scale;
        this.tellRegion("begin");
      },
      move: (times) => this.zoom(first + Math.log2(times) - this.scale),
      end: () => this.tellRegion("end"),
    });
    this.endings = [stop, () => resized.disconnect()];
    /** @type {any} */ (this.box)[CONTEXT] = this.abilities();
    this.include(this.read("include-points"));
    this.refresh();
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes: previous }) {
    this.take(previous);
    const points = this.attributes.props["include-points"];
    if (JSON.stringify(points) !== JSON.stringify(previous.props["include-points"])) this.include(points);
    this.paint();
  }

  componentWillUnmount() {
    clearTimeout(this.turning);
    for (const end of this.endings) end();
  }

  /** @param {native.Attributes | null} previous */
  take(previous) {
    const before = JSON.stringify([this.center, this.scale]);
    // The last word counts: the attribute's, or that of the context.
    if (previous) {
      for (const name of Object.keys(this.own)) {
        if (this.attributes.props[name] === previous.props[name]) continue;
        delete this.own[name];
        if (name === "markers") this.moved = {};
      }
    }
    /** @type {(name: string) => number | undefined} */
    const fresh = (name) => {
      const value = this.attributes.props[name];
      if (previous && value === previous.props[name]) return undefined;
      const read_ = parseFloat(value);
      return Number.isNaN(read_) ? undefined : read_;
    };
    const [latitude, longitude, scale] = [fresh("latitude"), fresh("longitude"), fresh("scale")];
    this.center = { latitude: latitude ?? this.center.latitude, longitude: longitude ?? this.center.longitude };
    if (scale !== undefined) this.scale = Math.min(MOST, Math.max(LEAST, scale));
    if (previous && before !== JSON.stringify([this.center, this.scale])) this.refresh();
  }

  refresh = () => this.setState({});

  /** @type {(center: Place, scale: number) => void} */
  see(center, scale) {
    this.center = center;
    this.scale = Math.min(MOST, Math.max(LEAST, scale));
    this.refresh();
  }

  /** @type {(points: any, padding?: number) => void} */
  include(points, padding = 40) {
    const places = list(points).map(({ latitude, longitude }) => ({ latitude: +latitude, longitude: +longitude }));
    const { width, height } = this.size;
    if (!places.length || !width || !height) return;
    const { center, scale } = fitting(places, Math.max(width - 2 * padding, 1), Math.max(height - 2 * padding, 1));
    this.see(center, places.length === 1 ? this.scale : Math.floor(scale));
  }

  /** @type {(by: number, point?: Point) => void} zoom around a point of the map */
  zoom(by, point = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const scale = Math.min(MOST, Math.max(LEAST, this.scale + by));
    const { width, height } = this.size;
    const held = project(this.toPlace(point), scale);
    this.see(unproject({ x: held.x - point.x + width / 2, y: held.y - point.y + height / 2 }, scale), scale);
  }

  /** @param {WheelEvent} event */
  turn = (event) => {
    if (this.isLocked || !isOn(this.read("enable-zoom") ?? true)) return;
    event.preventDefault();
    if (this.turning === undefined) this.tellRegion("begin");
    const { left, top } = this.box.getBoundingClientRect();
    const by = Math.max(-1, Math.min(1, -event.deltaY / 200));
    this.zoom(by, { x: event.clientX - left, y: event.clientY - top });
    clearTimeout(this.turning);
    this.turning = setTimeout(() => {
      this.turning = undefined;
      this.tellRegion("end");
    }, QUIET);
  };

  /** @type {(by: number) => (event: Event) => void} */
  step = (by) => (event) => {
    event.stopPropagation();
    this.tellRegion("begin");
    this.zoom(by);
    this.tellRegion("end");
  };

  /** @param {any} event */
  tapped = (event) => {
    if (event.target !== this.box && event.target !== this.canvas) return;
    const { left, top } = this.box.getBoundingClientRect();
    if (this.open !== undefined) {
      this.open = undefined;
      this.refresh();
    }
    this.emit("tap", this.toPlace({ x: event.clientX - left, y: event.clientY - top }), event);
    if (this.attributes.events.tap?.catches) event.stopPropagation();
  };

  /** @param {KeyboardEvent} event */
  pressedKey = (event) => {
    if (event.target !== this.box || this.isLocked) return;
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
    const way = ways[event.key];
    if (!way && event.key !== "+" && event.key !== "-") return;
    event.preventDefault();
    this.tellRegion("begin");
    const at = project(this.center, this.scale);
    if (way) this.see(unproject({ x: at.x + way[0], y: at.y + way[1] }, this.scale), this.scale);
    else this.zoom(event.key === "+" ? 1 : -1);
    this.tellRegion("end");
  };

  get markers() {
    return list(this.read("markers")).map((marker) => ({ ...marker, ...this.moved[marker.id] }));
  }

  paint() {
    const { width, height } = this.size;
    if (!width || !height) return;
    const lines = [...list(this.read("polyline")), ...list(this.own.route)];
    const polygons = [...list(this.read("polygon")), ...list(this.read("polygons"))];
    draw(this.canvas, { width, height }, this.center, this.scale, this.toScreen, {
      lines,
      polygons,
      circles: list(this.read("circles")),
    });
  }

  /** @type {(path: unknown) => string | undefined} */
  address = (path) => {
    const { folder } = /** @type {any} */ (this.props);
    return path ? folder.address(String(path), ...this.attributes.owner.from) : undefined;
  };

  /** @type {(marker: any) => native.VNode} */
  marker = (marker) => {
    const { id, latitude, longitude, title, iconPath, width, height, alpha, rotate, zIndex } = marker;
    const { x, y } = this.toScreen({ latitude: +latitude, longitude: +longitude });
    const [anchorX, anchorY] = [number(marker.anchorX, 0.5), number(marker.anchorY, 1)];
    const name = title || marker.ariaLabel || marker.callout?.content || marker.label?.content || `Marker ${id ?? ""}`;
    const tell = { markerId: id, latitude: +latitude, longitude: +longitude };
    /** @param {Event} event */
    const tapped = (event) => {
      event.stopPropagation();
      this.open = this.open === id ? undefined : id;
      this.refresh();
      this.emit("markerTap", tell, event);
    };
    const icon = iconPath
      ? h("img", { src: this.address(iconPath), alt: "", style: style({ width: px(width), height: px(height) }) })
      : h("i", { class: "bridge-pin" });
    const props = { class: "bridge-marker", type: "button", title: title || undefined, onclick: tapped };
    const button = h("button", { ...props, "aria-label": String(name) }, icon);
    const shape = style({ opacity: alpha, rotate: rotate ? `${number(rotate, 0)}deg` : undefined });
    return h(
      "div",
      {
        key: `marker ${id}`,
        class: "bridge-marker-place",
        style: style({ left: `${x}px`, top: `${y}px`, "z-index": zIndex }),
      },
      h(
        "div",
        { class: "bridge-marker-box", style: `translate:${-anchorX * 100}% ${-anchorY * 100}%` },
        h("div", { style: shape }, button),
        this.label(marker),
        this.callout(marker, tell),
      ),
    );
  };

  /** @type {(marker: any) => native.VNode | null} */
  label = ({ label, iconAppendStr }) => {
    const { content, color, fontSize, bgColor, borderRadius, padding, x, y } = Object(label);
    const text = content ?? iconAppendStr;
    if (text === undefined || text === "") return null;
    const looks = style({
      color: css(color),
      "font-size": px(fontSize),
      "background-color": css(bgColor),
      "border-radius": px(borderRadius),
      padding: px(padding),
      translate: x || y ? `${number(x, 0)}px ${number(y, 0)}px` : undefined,
    });
    return h("div", { class: "bridge-label", style: looks }, String(text));
  };

  /** @type {(marker: any, tell: object) => native.VNode | null} */
  callout = ({ id, title, callout, customCallout }, tell) => {
    const custom = list(Object(customCallout).descList).map(({ desc }) => desc).join("");
    const text = Object(callout).content ?? (custom || title);
    const isAlways = Object(callout).display === "ALWAYS" || isOn(Object(customCallout).isShow ?? false);
    if (!text || !(isAlways || this.open === id)) return null;
    const { color, fontSize, bgColor, borderRadius, borderColor, borderWidth, padding, textAlign } = Object(callout);
    const looks = style({
      color: css(color),
      "font-size": px(fontSize),
      "background-color": css(bgColor),
      "border-radius": px(borderRadius),
      "border-color": css(borderColor),
      "border-width": px(borderWidth),
      padding: px(padding),
      "text-align": textAlign,
    });
    /** @param {Event} event */
    const tapped = (event) => {
      event.stopPropagation();
      this.emit("calloutTap", tell, event);
    };
    return h("button", { class: "bridge-callout", type: "button", style: looks, onclick: tapped }, String(text));
  };

  /** @type {(control: any) => native.VNode} */
  control = ({ id, iconPath, position, clickable }) => {
    const { left = 0, top = 0, width, height } = Object(position);
    const [w, hh] = [px(width), px(height)];
    const looks = style({ left: px(left), top: px(top), width: w, height: hh });
    const icon = h("img", { src: this.address(iconPath), alt: "", style: style({ width: w, height: hh }) });
    const key = `control ${id}`;
    if (!isOn(clickable ?? false)) return h("div", { key, class: "bridge-control", style: looks }, icon);
    /** @param {Event} event */
    const tapped = (event) => {
      event.stopPropagation();
      this.emit("controlTap", { controlId: id }, event);
    };
    const props = { class: "bridge-control", type: "button", style: looks, onclick: tapped };
    return h("button", { key, "aria-label": `Control ${id ?? ""}`, ...props }, icon);
  };

  /** What my.createMapContext(id) does. */
  abilities() {
    const corner = () => {
      const { width, height } = this.size;
      return { southwest: this.toPlace({ x: 0, y: height }), northeast: this.toPlace({ x: width, y: 0 }) };
    };
    /** @type {(name: string, value: any) => void} */
    const put = (name, value) => {
      if (value !== undefined) this.own[name] = value;
    };
    return {
      getCenterLocation: () => ({ ...this.center, scale: this.scale }),
      getRegion: corner,
      getScale: () => ({ scale: this.scale }),
      getRotate: () => ({ rotate: 0 }),
      getSkew: () => ({ skew: 0 }),
      moveToLocation: (/** @type {any} */ to) => {
        const { scale, latitude = this.read("latitude"), longitude = this.read("longitude") } = Object(to);
        this.see({ latitude: number(latitude, 0), longitude: number(longitude, 0) }, number(scale, this.scale));
      },
      includePoints: (/** @type {any} */ { points, includePoints, padding } = {}) =>
        this.include(points ?? includePoints, number([padding].flat()[0], 40)),
      mapToScreen: (/** @type {any} */ { latitude, longitude } = {}) =>
        this.toScreen({ latitude: +latitude, longitude: +longitude }),
      screenToMap: (/** @type {any} */ point) => this.toPlace({ x: +point.x, y: +point.y }),
      calculateDistance: (/** @type {any} */ { points = [] } = {}) => ({ distance: distance(points) }),
      translateMarker: (/** @type {any} */ options) => this.translate(options),
      updateComponents: (/** @type {any} */ { scale, latitude, longitude, includePoints, ...rest } = {}) => {
        for (const name of ["markers", "polyline", "polygon", "circles", "controls"]) put(name, rest[name]);
        const { center } = this;
        const place = {
          latitude: number(latitude, center.latitude),
          longitude: number(longitude, center.longitude),
        };
        this.see(place, number(scale, this.scale));
        if (includePoints) this.include(includePoints);
      },
      changeMarkers: (/** @type {any} */ { add, remove, update } = {}) => {
        const gone = new Set([...list(remove), ...list(update)].map(({ id }) => id));
        const kept = list(this.read("markers")).filter(({ id }) => !gone.has(id));
        put("markers", [...kept, ...list(update), ...list(add)]);
        this.refresh();
      },
      // As the crow flies: streets are not known here.
      showRoute: (/** @type {any} */ route = {}) => {
        const { startLat, startLng, endLat, endLng, throughPoints, routeColor, routeWidth } = route;
        const through = list(throughPoints).map(({ lat, lng, latitude, longitude }) => ({
          latitude: +(lat ?? latitude),
          longitude: +(lng ?? longitude),
        }));
        const first = { latitude: +startLat, longitude: +startLng };
        const points = [first, ...through, { latitude: +endLat, longitude: +endLng }];
        put("route", [{ points, color: routeColor, width: routeWidth ?? 6 }]);
        this.include(points);
        return { success: true, distance: distance(points), duration: 0 };
      },
      clearRoute: () => {
        delete this.own.route;
        this.refresh();
      },
      gestureEnable: (/** @type {any} */ { isGestureEnable = 1 } = {}) => void (this.isLocked = !isOn(isGestureEnable)),
      showsCompass: () => {},
      showsScale: () => {},
      setMapType: () => {},
    };
  }

  /** @param {any} options */
  translate({ markerId, destination, duration = 1000, animationEnd } = {}) {
    const marker = this.markers.find(({ id }) => id === markerId);
    if (!marker || !destination) return;
    const [from, to] = [marker, destination].map((it) => ({ latitude: +it.latitude, longitude: +it.longitude }));
    const begin = performance.now();
    const step = () => {
      const part = duration > 0 && !isCalm() ? Math.min(1, (performance.now() - begin) / duration) : 1;
      const [a, b] = /** @type {[Place, Place]} */ ([from, to]);
      this.moved[markerId] = {
        latitude: a.latitude + (b.latitude - a.latitude) * part,
        longitude: a.longitude + (b.longitude - a.longitude) * part,
      };
      this.refresh();
      if (part < 1) requestAnimationFrame(step);
      else if (typeof animationEnd === "function") animationEnd();
    };
    step();
  }

  render() {
    const { attributes } = this;
    const { tap, ...events } = attributes.events;
    const isReady = this.size.width > 0;
    const here = { latitude: number(this.read("latitude"), 0), longitude: number(this.read("longitude"), 0) };
    const at = this.toScreen(here);
    const dot = isOn(this.read("show-location") ?? false)
      ? h("i", { class: "bridge-here", style: `left:${at.x}px;top:${at.y}px` })
      : null;
    const zooms = isOn(this.read("enable-zoom") ?? true)
      ? h(
          "div",
          { class: "bridge-zoom" },
          h("button", { type: "button", "aria-label": "Zoom in", onclick: this.step(1) }, "+"),
          h("button", { type: "button", "aria-label": "Zoom out", onclick: this.step(-1) }, "\u2212"),
        )
      : null;
    const ground = h("canvas", {
      class: "bridge-ground",
      "aria-hidden": "true",
      ref: (/** @type {any} */ it) => it && (this.canvas = it),
    });
    const inner = [
      ground,
      h("div", { class: "bridge-places" }, isReady ? [dot, this.markers.map(this.marker)] : null),
      list(this.read("controls")).map(this.control),
      zooms,
      /** @type {any} */ (this.props).inner,
    ];
    return element("map", { ...attributes, events }, inner, {
      role: "group",
      "aria-label": attributes.props["aria-label"] ?? "Map",
      tabindex: 0,
      onclick: this.tapped,
      onkeydown: this.pressedKey,
      ref: (/** @type {any} */ box) => box && (this.box = box),
    });
  }
}

/** @type {(folder: native.Folder) => Record<string, import("./index.js").Tag>} */
export const map = (folder) => ({
  map: (attributes, inner) => h(/** @type {any} */ (Ground), { key: attributes.key, attributes, inner, folder }),
});
