/**
 * The types of values. Those that are known to be refused do not compile; the rest is checked when it is put.
 */

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };

/** What has no parts. */
type Leaf = null | boolean | number | bigint | string | Date | ArrayBuffer | ArrayBufferView;

type Part = Value | undefined;

/** What a key can have. */
export type Value = Leaf | Part[] | Map<Part, Part> | Set<Part> | { [name: string]: Part };

/**
 * `T` where all of it can be a value, and otherwise a type that nothing has: also for an `interface`, which has no index signature, and
 * for what is `readonly`.
 */
export type Storable<T> = unknown extends T ? T : T extends undefined ? never : StorablePart<T>;

// A `Value` is not looked into, which would never end.
type StorablePart<T> =
  unknown extends T ? T
  : T extends symbol | Callable ? never
  : T extends Part ? T
  : T extends ReadonlyMap<infer K, infer V> ? ReadonlyMap<StorablePart<K>, StorablePart<V>>
  : T extends ReadonlySet<infer E> ? ReadonlySet<StorablePart<E>>
  : T extends object ? { [K in keyof T]: K extends symbol ? never : StorablePart<T[K]> }
  : never;

type Callable = ((...parameters: never) => unknown) | (abstract new (...parameters: never) => unknown);
