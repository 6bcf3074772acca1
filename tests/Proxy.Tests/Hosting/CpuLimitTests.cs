using Serilog;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class CpuLimitTests : IDisposable
{
    private readonly LogLines _log = new();
    private readonly CpuLimit _limit;
    private string? _stat;

    public CpuLimitTests() => _limit = new CpuLimit(() => _stat, new LoggerConfiguration().WriteTo.Sink(_log).CreateLogger(), TimeProvider.System);

    public void Dispose() => _limit.Dispose();

    [Fact]
    public void A_process_that_is_held_back_in_a_quarter_of_the_periods_is_told_once_and_what_was_before_does_not_count()
    {
        Look(1000, 900);
        Look(1100, 924);
        Assert.Empty(_log.Said);
        Look(1200, 949);
        Look(1300, 1049);
        Assert.StartsWith("The CPU limit of this process held it back in 25 of the last 100 periods", Assert.Single(_log.Said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("usage_usec 5")]
    [InlineData("nr_periods 0\nnr_throttled 0\nthrottled_usec 0")]
    [InlineData("nr_periods many\nnr_throttled -1")]
    public void Without_a_limit_nothing_is_told(string? stat)
    {
        _stat = stat;
        _limit.Look();
        _limit.Look();
        Assert.Empty(_log.Said);
    }

    [Fact]
    public void The_figures_are_looked_for_where_the_group_is_seen_from_inside_and_from_outside_of_a_container() => Assert.Equal(
        [
            "/sys/fs/cgroup/cpu/docker/1f/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat",
            "/sys/fs/cgroup/system.slice/snapback.service/cpu.stat", "/sys/fs/cgroup/cpu.stat",
        ],
        CpuLimit.Candidates(["5:cpuset:/a", "4:cpu,cpuacct:/docker/1f", "3:name=systemd:/b", "0::/system.slice/snapback.service", ""]));

    private void Look(long periods, long held)
    {
        _stat = $"nr_periods {periods}\nnr_throttled {held}\nthrottled_time 5\n";
        _limit.Look();
    }
}
