import { expect, test } from "vitest";
import { hugePages } from "./huge-pages.js";

const offered = () => "always [madvise] never\n";

test("asks for large pages where the kernel gives them to those who ask, beside what is asked for already", () => {
  expect(hugePages({}, offered)).toEqual({ GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" });
  expect(hugePages({ GLIBC_TUNABLES: "glibc.malloc.check=1" }, offered)).toEqual({
    GLIBC_TUNABLES: "glibc.malloc.check=1:glibc.malloc.hugetlb=1",
  });
});

test("changes nothing where that is no use: said already, given to all or to none, no such kernel", () => {
  expect(hugePages({ GLIBC_TUNABLES: "glibc.malloc.hugetlb=0" }, offered)).toBeNull();
  for (const setting of ["[always] madvise never\n", "always madvise [never]\n", ""])
    expect(hugePages({}, () => setting)).toBeNull();
});
