import { expect, test } from "vitest";
import { hugePages } from "./huge-pages.js";

const offered = () => "always [madvise] never\n";

test("requests large pages if the kernel grants them on request, and keeps other tunables", () => {
  expect(hugePages({}, offered)).toEqual({ GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" });
  expect(hugePages({ GLIBC_TUNABLES: "glibc.malloc.check=1" }, offered)).toEqual({
    GLIBC_TUNABLES: "glibc.malloc.check=1:glibc.malloc.hugetlb=1",
  });
});

test("changes nothing if the request is already set, large pages are granted to all or none, or the kernel lacks them", () => {
  expect(hugePages({ GLIBC_TUNABLES: "glibc.malloc.hugetlb=0" }, offered)).toBeNull();
  for (const setting of ["[always] madvise never\n", "always madvise [never]\n", ""])
    expect(hugePages({}, () => setting)).toBeNull();
});
