/**
 * The types of values. Values that are known to be refused do not compile; the rest is checked when
 * a value is put.
 */

/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };

/** A value without parts. */
type Leaf = null | boolean | number | bigint | string | Date | ArrayBuffer | ArrayBufferView;

type Part = Value | undefined;

/** What a key can have. */
export type Value = Leaf | Part[] | Map<Part, Part> | Set<Part> | { [name: string]: Part };

/**
 * `T` where all of it can be a value, and otherwise a type that nothing has. This works for an
 * `interface`, which has no index signature, and for what is `readonly`.
 */
export type Storable<T> = unknown extends T ? T : T extends undefined ? never : StorablePart<T>;

// The parts of a `Value` are not looked at: that would never end.
type StorablePart<T> =
  unknown extends T ? T
  : T extends symbol | Callable ? never
  : T extends Part ? T
  : T extends ReadonlyMap<infer K, infer V> ? ReadonlyMap<StorablePart<K>, StorablePart<V>>
  : T extends ReadonlySet<infer E> ? ReadonlySet<StorablePart<E>>
  : T extends object ? { [K in keyof T]: K extends symbol ? never : StorablePart<T[K]> }
  : never;

type Callable = ((...parameters: never) => unknown) | (abstract new (...parameters: never) => unknown);
