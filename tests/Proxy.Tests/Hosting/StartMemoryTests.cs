using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class StartMemoryTests
{
    private static readonly string[] Smaps =
    [
        "10000-20000 r-xp 00001000 00:1a 42                         /app/snap back.r2r.dll", "Rss:   4 kB", "Anonymous:             0 kB", "VmFlags: rd ex mr",
        "20000-30000 rw-p 00002000 00:1a 42                         /app/snap back.r2r.dll", "Anonymous:             0 kB",
        "30000-40000 r--p 00003000 00:1a 43                         /app/libcoreclr.so", "Anonymous:           164 kB",
        "40000-50000 r--s 00000000 00:1a 44                         /app/System.Private.CoreLib.dll", "Anonymous:             0 kB",
        "50000-60000 r-xs 00000000 00:01 45                         /memfd:doublemapper (deleted)", "Anonymous:             0 kB",
        "60000-70000 r--p 00000000 00:00 0", "Anonymous:             0 kB",
        "7ffc0000-7ffd0000 r-xp 00000000 00:00 0                    [vdso]", "Anonymous:             0 kB",
    ];

    [Fact]
    public void Only_files_that_are_mapped_without_a_page_of_our_own_in_them_may_be_given_back() =>
        Assert.Equal([(0x10000, 0x20000), (0x40000, 0x50000)], StartMemory.Unchanged(Smaps));

    [Fact]
    public void What_is_written_or_no_file_is_not_watched_either() =>
        Assert.Equal([(0x10000, 0x20000), (0x30000, 0x40000), (0x40000, 0x50000)], StartMemory.Mapped(Smaps.Where(line => !char.IsAsciiLetterUpper(line[0]))));

    [Fact]
    public void Of_this_process_something_may() => Assert.NotEmpty(StartMemory.Unchanged(File.ReadLines("/proc/self/smaps")));
}
