/**
 * Takes away the accessor `__proto__` of all objects. With it, a field of that name in foreign JSON becomes the prototype of
 * whatever the field is copied to, and is gone from the copy; without it, it is a field as any other. To be called once,
 * before anything foreign is read; Node's own switch for it is `--disable-proto=delete`.
 */
export function removeProtoAccessor(): void {
  Reflect.deleteProperty(Object.prototype, '__proto__');
}
