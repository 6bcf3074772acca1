using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

public sealed class UserRowsTests
{
    private const string Plan = """
        name: shop
        stable: a
        canary: b
        objectives: [ { metric: success-rate, min: 99% } ]
        rollback: { authority: [ ann ], deadline: 5m }
        """;

    [Theory]
    [InlineData("sticky: off", "not told apart: every request draws anew")]
    [InlineData("sticky: { by: claim:sub, or: [ signedCookie ] }", "known by `claim:sub`, else `signedCookie`; a growing weight moves nobody back")]
    public void The_page_says_by_what_users_are_known(string keys, string said) => Assert.Equal(said, Row(keys, "Users"));

    [Fact]
    public void The_page_says_who_is_eligible()
    {
        Assert.Null(Row("segment: off", "Eligible"));
        Assert.Equal(
            "all of header `X-Plan: gold | silver*` and method `GET`; never path `/admin/**`; always cookie `beta` or flag `staff`",
            Row(
                "segment: { all: [ { header: X-Plan, in: [ gold, silver* ] }, { method: get } ], never: [ { path: /admin/** } ], always: [ { cookie: beta }, { flag: staff } ] }",
                "Eligible"));
        Assert.Equal(
            "one of header `X-Plan matches gold.*` or (region `eu` and query `beta`)",
            Row("segment: { any: [ { header: X-Plan, matches: 'gold.*' }, { all: [ { region: eu }, { query: beta } ] } ] }", "Eligible"));
    }

    [Theory]
    [InlineData("group: checkout", "`checkout`: its rollouts go up together, and one that is rolled back takes all down")]
    [InlineData("group: off", null)]
    public void The_page_says_with_whom_it_goes_up_and_comes_down(string keys, string? said)
    {
        var result = PlanReader.FromYaml($"{Plan}\n{keys}\n");
        Assert.Empty(result.Problems);
        Assert.Equal(said, PlanPage.Of(result.Plan!).Rows.SingleOrDefault(row => row.Name == "Group")?.Value);
    }

    private static string? Row(string keys, string name)
    {
        var result = PlanReader.FromYaml($"{Plan}\n{keys}\n");
        Assert.Empty(result.Problems);
        return UserRows.Of(result.Plan!).SingleOrDefault(row => row.Name == name)?.Value;
    }
}
