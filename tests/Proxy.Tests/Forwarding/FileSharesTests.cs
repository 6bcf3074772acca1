using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class FileSharesTests
{
    [Fact]
    public void Whatever_connections_take_the_process_keeps_files_and_each_client_has_two_for_the_arms()
    {
        for (long limit = 1; limit < 2_000_000; limit += 1 + limit / 7)
        {
            for (var open = 0; open <= limit; open += 1 + open / 2)
            {
                var shares = FileShares.Of(limit, open);
                var beyond = shares.BeyondArms + shares.Applications + shares.Operators;

                Assert.True(open + 3 * shares.Clients <= shares.BeyondArms, $"{limit} {open} {shares}");
                Assert.InRange(limit - beyond, Math.Min(64, (limit - open) / 16), 64);
            }
        }
    }

    [Fact]
    public void A_quarter_of_the_files_is_for_clients_and_some_are_for_everybody_else()
    {
        Assert.Equal(new FileShares(17_664, 8_162, 4_081, 53_229), FileShares.Of(65_536, 236));
    }
}
