using Snapback.Control.Sharing.Fleet;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Fleet;

public sealed class OwnWriteTests
{
    private readonly OwnWrite _write = new("1.0.2");
    private int _logged;

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void What_the_fleet_says_during_a_write_is_logged_as_heard_only_if_the_write_comes_to_nothing(bool isDone, int logged)
    {
        Assert.True(_write.Takes("1.0.2", Log));
        Assert.Equal(0, _logged);
        _write.End(isDone);
        Assert.Equal(logged, _logged);
    }

    [Fact]
    public void What_others_wrote_is_logged_at_once() => Assert.False(_write.Takes("1.0.3", Log));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_comes_behind_the_answer_goes_by_it(bool isDone)
    {
        _write.End(isDone);
        Assert.Equal(isDone, _write.Takes("1.0.2", Log));
        Assert.Equal(0, _logged);
    }

    private void Log() => _logged++;
}
