using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Control.Switches;
using Snapback.Proxy.Splitting;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>A flag's answer is kept for the one whom it was given to, and for nobody else.</summary>
public sealed class SegmentFlagsTests : IAsyncDisposable
{
    private const string Flags = """
        { "feature_management": { "feature_flags": [ { "id": "beta-users", "enabled": true, "conditions": { "client_filters": [
          { "name": "Microsoft.Targeting", "parameters": { "Audience": { "Users": [ "alice", "10.1.2.3" ],
            "Groups": [ { "Name": "staff", "RolloutPercentage": 100 } ], "DefaultRolloutPercentage": 0 } } } ] } } ] } }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly SwitchReader _reader;
    private readonly UserFlags _flags;

    public SegmentFlagsTests()
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Flags))).Build();
        _reader = new SwitchReader(configuration, new RolloutSwitches(), static _ => null, TimeProvider.System, NullLogger<SwitchReader>.Instance);
        _flags = new UserFlags(_reader.Features, NullLogger<UserFlags>.Instance);
    }

    /// <summary>Behind one gateway, with a drawn cookie, or without a key at all: who asks first is not who asks next.</summary>
    [Theory]
    [InlineData("off", 0)]
    [InlineData("{ by: ip }", 7)]
    [InlineData("{ by: signedCookie }", 4711)]
    public void A_group_of_one_caller_is_not_the_next_ones(string sticky, ulong client)
    {
        var matcher = Matcher(sticky);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(Eligibility.ByWeight, matcher.Of(Request(group: "staff"), 1, client));
            Assert.Equal(Eligibility.Never, matcher.Of(Request(group: "guests"), 1, client));
            Assert.Equal(Eligibility.Never, matcher.Of(Request(), 1, client));
        }
    }

    /// <summary>With the switch <c>sticky-arms</c> off the draw knows no client.</summary>
    [Fact]
    public void Users_are_told_apart_while_all_draw_at_random()
    {
        var matcher = Matcher("{ by: header:X-User }");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(Eligibility.ByWeight, matcher.Of(Request("alice"), 1, 0));
            Assert.Equal(Eligibility.Never, matcher.Of(Request("bob"), 1, 0));
            Assert.Equal(Eligibility.Never, matcher.Of(Request(), 1, 0));
        }
    }

    /// <summary>As the arms hear of it, whatever socket it came over.</summary>
    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("::ffff:10.1.2.3")]
    public void An_address_is_one_user_over_both_protocols(string address)
    {
        var (matcher, request) = (Matcher("{ by: ip }"), Request());
        request.Connection.RemoteIpAddress = System.Net.IPAddress.Parse(address);
        Assert.Equal(Eligibility.ByWeight, matcher.Of(request, 1, 7));
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private SegmentMatcher Matcher(string sticky)
    {
        var result = PlanReader.FromYaml($$"""
            name: shop
            stable: a
            canary: b
            objectives: [ { metric: success-rate, min: 99% } ]
            rollback: { authority: [ ann ], deadline: 5m }
            sticky: {{sticky}}
            segment: { all: [ { flag: beta-users } ] }
            """);
        Assert.Empty(result.Problems);
        var draw = new StickyDraw(
            result.Plan!,
            KeyRing.Open(Path.Combine(_directory, KeyRing.FileName), NullLogger<KeyRing>.Instance),
            TimeProvider.System);
        return SegmentMatcher.Of(result.Plan!, new SegmentFlags(draw, _flags, TimeProvider.System))!;
    }

    private static DefaultHttpContext Request(string? user = null, string? group = null)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = System.Net.IPAddress.Loopback;
        context.Request.Headers["X-User"] = user;
        context.User = new ClaimsPrincipal(new ClaimsIdentity(group is null ? [] : [new Claim("groups", group)], "test"));
        return context;
    }
}
