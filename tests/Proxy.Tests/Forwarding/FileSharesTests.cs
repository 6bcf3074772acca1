using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class FileSharesTests
{
    [Fact]
    public void Of_any_limit_clients_are_out_of_files_first_then_arms_then_applications_then_operators_and_the_process_last()
    {
        for (long limit = 64; limit < 2_000_000; limit += 1 + limit / 7)
        {
            for (var open = 0; open <= limit - 64; open += 1 + open / 2)
            {
                var shares = FileShares.Of(limit, open);
                long[] ends = [open, shares.BeyondClients, shares.BeyondArms, shares.BeyondApplications, shares.BeyondOperators, limit];
                Assert.All(ends.Zip(ends.Skip(1)), pair => Assert.True(pair.First < pair.Second, $"{limit} {open} {shares}"));
            }
        }
    }

    [Fact]
    public void Nearly_three_quarters_of_the_files_are_for_clients()
    {
        Assert.Equal(new FileShares(48_203, 64_192, 65_216, 65_472), FileShares.Of(65_536, 236));
    }
}
