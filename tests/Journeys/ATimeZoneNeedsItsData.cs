namespace Snapback.Journeys;

/// <summary>Small images have no time zones.</summary>
public sealed class ATimeZoneNeedsItsData : Journey
{
    [Fact]
    public async Task Where_there_are_none_but_UTC_the_remedy_is_to_install_them()
    {
        var info = Cli.Command(["plan", "check", Folder.Write("plan.yaml", """
            name: shop
            schedule: { timeZone: Europe/Berlin }
            """)]);
        info.Environment["TZDIR"] = Folder.At("nothing");
        var check = Own(Child.Start(info));

        Assert.Equal(1, await check.ExitAsync());

        Assert.Contains(
            "'Europe/Berlin' is no time zone of this machine. It has none but UTC: install its time zones",
            check.Output + check.Error,
            StringComparison.Ordinal);
    }
}
