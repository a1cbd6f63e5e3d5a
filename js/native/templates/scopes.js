// @ts-check
// Variables in front of others: those of scripts and rows, and what is given to a slot while it is drawn.

/** @type {(variables: native.Variables, values: Record<string, any>) => native.Variables} the values come first */
export const within = (variables, values) => Object.assign(Object.create(variables), values);

/** What is given to a slot, for those of its children that ask for it. */
const SCOPE = Symbol("slot scope");

/** @type {(variables: native.Variables, name: string, scope: native.Variables) => native.Variables} */
export const scoped = (variables, name, scope) =>
  within(variables, name ? { [SCOPE]: scope, [name]: scope } : { [SCOPE]: scope });

/** @type {<Drawn>(draw: native.Draw<Drawn>, name: string) => native.Draw<Drawn>} with the scope by its name, if any */
export const withScope = (draw, name) =>
  name === ""
    ? draw
    : (owner, variables, key) =>
        draw(owner, within(variables, { [name]: /** @type {any} */ (variables)[SCOPE] }), key);
