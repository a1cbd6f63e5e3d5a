// @ts-check
// Components: what Component({...}) has said of each, and their instances, which draw their template where they stand.
import { Component } from "preact";
import { clone, pathOf, same, valueAt } from "./data.js";
import { attempt, fail } from "./faults.js";
import { Live, bind, makeOwner, strictly } from "./owner.js";
import { report } from "./problems.js";
import { camel } from "./templates/attributes.js";

const MAX_DEPTH = 50;

/** The life cycles, and what they are called in `lifetimes`. */
const CYCLES = /** @type {const} */ ({
  onInit: ["created", "attached"],
  deriveDataFromProps: [],
  didMount: ["ready"],
  didUpdate: [],
  didUnmount: ["detached"],
  onError: ["error"],
});

/** @typedef {Record<string, any>} Options */
/**
 * @typedef {object} Definition
 * @property {string} path
 * @property {(instance: any) => any} data
 * @property {Record<string, any>} props
 * @property {Record<string, any>} methods
 * @property {Record<string, Function[]>} cycles
 * @property {[paths: string[][], run: Function][]} observers
 * @property {Function | undefined} ref
 * @property {string | undefined} mark
 * @property {boolean} isolated no sheet but its own is for its elements
 * @property {boolean} compares whether somebody hears of what has changed
 */

/** @type {(options: Options, seen?: Set<Options>) => Options[]} mixins first, each once */
const flat = (options, seen = new Set()) => {
  if (seen.has(options) || Object(options) !== options) return [];
  seen.add(options);
  const mixins = Array.isArray(options.mixins) ? options.mixins : [];
  return [...mixins.flatMap((mixin) => flat(mixin, seen)), options];
};

/** @type {(path: string, options: Options, json: any) => Definition} */
export const define = (path, options, json = {}) => {
  const all = flat(options);
  /** @type {Record<string, Function[]>} */
  const cycles = {};
  for (const [name, others] of Object.entries(CYCLES)) {
    cycles[name] = all
      .flatMap((each) => [...others.map((other) => each.lifetimes?.[other]), each[name]])
      .filter((run) => typeof run === "function");
  }
  const observers = all.flatMap((each) =>
    Object.entries(Object(each.observers)).map(([names, run]) => {
      const paths = names.split(",").map((name) => pathOf(name.trim().replace(/\.?\*\*$/, "") || "."));
      return /** @type {[string[][], Function]} */ ([paths, run]);
    }),
  );
  const isolation = options.options?.styleIsolation ?? json.styleIsolation;
  return {
    path,
    data: (instance) =>
      Object.assign({}, ...all.map(({ data }) => (typeof data === "function" ? data.call(instance) : clone(data)))),
    props: Object.assign({}, ...all.map(({ props }) => props)),
    methods: Object.assign({}, ...all.map(({ methods }) => methods)),
    cycles,
    observers,
    ref: typeof options.ref === "function" ? options.ref : undefined,
    mark: isolation === "apply-shared" || isolation === "isolated" ? path : undefined,
    isolated: isolation === "isolated",
    compares: [cycles.didUpdate, cycles.deriveDataFromProps, observers].some((list) => list?.length),
  };
};

/** @type {(defaults: Record<string, any>, given: Record<string, any>) => Record<string, any>} */
const withDefaults = (defaults, given) => {
  const props = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined && name in defaults) continue;
    props[name] = value;
    const other = name.includes("-") && !name.startsWith("data-") && camel(name);
    if (other && other in defaults && !(other in given)) props[other] = value;
  }
  return props;
};

/** @type {(slots: native.Slots) => Record<string, boolean>} which of them are filled */
const filled = (slots) => Object.fromEntries([...slots.keys()].map((name) => [name || "$default", true]));

/** @type {(a: Record<string, any>, b: Record<string, any>) => boolean} alike, and nothing in them can change */
const isSettled = (a, b) => {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => a[name] === b[name] && (Object(a[name]) !== a[name] || typeof a[name] === "function"));
};

/** By this name my.createSelectorQuery finds where a component is: js/parts/query.js. */
const ELEMENTS = Symbol.for("bridge.elements");

/**
 * The outermost elements of what Preact has drawn. The names are its own, the same in all its builds: __k are the
 * children, __e is the element.
 * @type {(node: any) => Element[]}
 */
const elementsOf = (node) => {
  if (node?.__e instanceof Element && typeof node.type === "string") return [node.__e];
  return (node?.__k ?? []).flatMap(elementsOf);
};

let lastId = 0;

/** @typedef {{ page: any, route: string, depth: number }} Context */

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {native.Modules} options.modules
 * @param {(file: string) => native.Template} options.compile
 * @param {native.Styles} options.styles
 * @param {(is: string) => import("./owner.js").Uses} options.uses
 */
export const makeComponents = ({ folder, modules, compile, styles, uses }) => {
  /** @type {Options | undefined} what the script that runs has registered */
  let registered;
  let isRegistering = false;

  /** @type {Map<string, Definition>} */
  const definitions = new Map();

  /** @type {(path: string) => Definition} */
  const definition = (path) => {
    const known = definitions.get(path);
    if (known) return known;
    const file = `${path}.js`;
    const outer = registered;
    const wasRegistering = isRegistering;
    registered = undefined;
    isRegistering = true;
    if (folder.text(file) !== undefined) {
      try {
        modules.require(`/${file}`, "app.js");
        if (!registered) report({ kind: "script", message: "This script does not call Component()", file, line: 1 });
      } catch (error) {
        fail(error, { file });
      }
    }
    const made = define(path, registered ?? {}, folder.json(`${path}.json`));
    registered = outer;
    isRegistering = wasRegistering;
    definitions.set(path, made);
    return made;
  };

  /** `Component` of the program. */
  const register = (/** @type {Options} */ options) => {
    if (isRegistering) registered = Object(options);
    else report({ kind: "script", message: "Component() is called outside of a component's script" });
  };

  class View extends Component {
    /** @type {string} */
    static path = "";

    /** @type {any} what the program knows as the component */
    instance = {};

    /** How many of its functions run, in one another. */
    running = 0;

    /**
     * @param {native.ComponentViewProps} given
     * @param {Context} context
     */
    constructor(given, context) {
      super(/** @type {any} */ (given), context);
      const { path } = /** @type {typeof View} */ (this.constructor);
      const { page, route, depth = 0 } = context;
      this.depth = depth;
      /** @type {{ props: any, data: any } | undefined} before what is being drawn, if that is other */
      this.previous = undefined;
      const made = (this.definition = definition(path));
      const { place, slots } = given;
      const { instance } = this;
      for (const [name, value] of Object.entries(made.methods)) {
        instance[name] = typeof value === "function" ? bind(this.watched(value), instance) : clone(value);
      }
      instance.is = `/${path}`;
      instance.$id = ++lastId;
      instance.$page = page;
      instance.$slots = filled(slots);
      instance.props = withDefaults(made.props, given.props);
      instance[ELEMENTS] = () => elementsOf(/** @type {any} */ (this).__v);
      instance.data = {};
      this.live = new Live(instance, (before, after) => this.observe(before, after, instance.props));
      this.owner = makeOwner({ is: path, page: route, instance, uses: uses(path), typeOf, mark: made.mark });
      this.template = compile(`${path}.axml`);
      if (this.isTooDeep()) {
        report({ kind: "folder", message: `The component ${path} contains itself, again and again`, ...place });
        return;
      }
      try {
        instance.data = made.data(instance);
      } catch (error) {
        fail(error, place);
      }
      /** What was given for props at the last drawing, as it was then. */
      this.given = made.compares ? clone(instance.props) : instance.props;
      this.run("onInit");
      strictly(() => this.run("deriveDataFromProps", instance.props));
    }

    isTooDeep() {
      return this.depth > MAX_DEPTH;
    }

    /**
     * @param {keyof typeof CYCLES} cycle
     * @param {any[]} args
     */
    run(cycle, ...args) {
      for (const run of this.definition.cycles[cycle] ?? []) {
        attempt(/** @type {any} */ (cycle === "onError" ? run : this.watched(run)), this.instance, ...args);
      }
    }

    /** @type {(run: Function) => Function} its onError hears of what is thrown out of this */
    watched(run) {
      if (!this.definition.cycles.onError?.length) return run;
      const watched = (/** @type {any[]} */ ...args) => {
        this.running++;
        try {
          return run.apply(this.instance, args);
        } catch (error) {
          if (this.running === 1) this.run("onError", error);
          throw error;
        } finally {
          this.running--;
        }
      };
      return Object.assign(watched, run);
    }

    /** @type {(before: any, after: any, props: any, oldProps?: any) => void} */
    observe(before, after, props, oldProps = props) {
      const old = { ...oldProps, ...before };
      const now = { ...props, ...after };
      for (const [paths, run] of this.definition.observers) {
        if (paths.every((path) => Object.is(valueAt(old, path), valueAt(now, path)))) continue;
        attempt(/** @type {any} */ (run), this.instance, ...paths.map((path) => valueAt(now, path)));
      }
    }

    getChildContext() {
      return { ...this.context, depth: this.depth + 1 };
    }

    /** @param {any} next */
    shouldComponentUpdate(next) {
      /** @type {any} */
      const { props, slots } = this.props;
      if (this.live.isWaiting || next.slots.size || slots.size) return true;
      return !isSettled(props, next.props);
    }

    /** Take in other props before they are drawn. */
    update() {
      const { instance, live, definition } = this;
      /** @type {native.ComponentViewProps} */
      const { props, slots } = /** @type {any} */ (this.props);
      const next = withDefaults(definition.props, props);
      const isOther = definition.compares && !same(this.given, next);
      const wasSet = live.changed;
      live.isHeld = true;
      strictly(() => {
        if (isOther || wasSet) this.run("deriveDataFromProps", next);
      });
      const old = this.given;
      instance.props = next;
      if (isOther) this.given = clone(next);
      else if (!definition.compares) this.given = next;
      instance.$slots = filled(slots);
      if (isOther) this.observe(instance.data, instance.data, next, old);
      live.isHeld = false;
      if (isOther || live.changed) this.previous = { props: old, data: live.drawn };
    }

    render() {
      const { instance, live, owner } = this;
      if (this.isTooDeep()) return null;
      /** @type {native.ComponentViewProps} */
      const { slots, place } = /** @type {any} */ (this.props);
      if (live.view) this.update();
      live.begin();
      owner.slots = slots;
      const { props, data, $id, $slots } = instance;
      try {
        return /** @type {any} */ (this.template(owner, { ...props, ...data, $id, $slots }));
      } catch (error) {
        fail(error, place);
        return null;
      }
    }

    refer() {
      /** @type {native.ComponentViewProps} */
      const { reference } = /** @type {any} */ (this.props);
      const { ref } = this.definition;
      if (!reference) return;
      attempt(reference, undefined, ref ? attempt(/** @type {() => any} */ (ref), this.instance) : this.instance);
    }

    componentDidMount() {
      if (this.isTooDeep()) return;
      this.live.view = this;
      this.refer();
      this.run("didMount");
      // What was set while it was not there yet, but was being drawn.
      if (this.live.drawn !== this.instance.data) this.live.draw();
      this.live.end();
    }

    /** @param {any} old */
    componentDidUpdate(old) {
      if (this.isTooDeep()) return;
      if (old.reference !== /** @type {any} */ (this.props).reference) this.refer();
      const { previous } = this;
      this.previous = undefined;
      if (previous) strictly(() => this.run("didUpdate", previous.props, previous.data));
      this.live.end();
    }

    componentWillUnmount() {
      if (this.isTooDeep()) return;
      this.run("didUnmount");
      this.live.leave();
      // Programs do not reckon with a `ref` of nothing: the platform calls it with a component only.
    }
  }

  /** @type {Map<string, native.ComponentType>} */
  const types = new Map();

  /** @type {(path: string) => native.ComponentType} what is drawn for a component's tag */
  const typeOf = (path) => {
    let type = types.get(path);
    if (!type) {
      type = /** @type {any} */ (
        class extends View {
          static path = path;
        }
      );
      types.set(path, /** @type {native.ComponentType} */ (type));
    }
    return /** @type {native.ComponentType} */ (type);
  };

  /** @type {(is: string, seen?: Set<string>) => CSSStyleSheet[]} of what is on a page; its own comes last */
  const sheets = (is, seen = new Set()) => {
    seen.add(is);
    const inner = [...uses(is).values()].flatMap((path) => (path && !seen.has(path) ? sheets(path, seen) : []));
    const component = seen.values().next().value === is ? undefined : definition(is);
    if (component?.isolated) styles.isolate(is);
    const own = styles.sheet(`${is}.acss`, component?.mark);
    return own ? [...inner, own] : inner;
  };

  return { register, typeOf, sheets };
};
