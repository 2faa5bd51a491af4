// The timeline and the page.
#include "harness.hpp"

#include <sstream>

namespace {

std::string written(void (*write)(std::ostream &)) {
    std::ostringstream text;
    write(text);
    return text.str();
}

TEST(Timeline, HasMarksWaitsAndHoldsWhileItIsOn) {
    threading::mark("nowhere");
    ASSERT_EQ(threading_inspect(THREADING_INSPECT_TIMELINE), THREADING_OK);
    threading::lock accounts{"accounts"};
    accounts.lock();
    threading::thread thread([&] { const std::lock_guard<threading::lock> guard(accounts); });
    ASSERT_TRUE(comes_true([&] { return threading::waiting_for(thread.reference()).has_value(); }));
    threading::mark("the first \"mark\"");
    accounts.unlock();
    thread.join();
    const std::string text = written(threading::timeline_json);
    for (const char *part : {R"("name":"the first \"mark\"")", R"("name":"lock accounts")",
                             R"("name":"Lock contention on accounts)"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << text;
    }
    EXPECT_EQ(text.find("nowhere"), std::string::npos);
    EXPECT_ERROR(errc::invalid_argument, threading::mark("\xff"));
    EXPECT_ERROR(errc::invalid_argument, threading::timeline_json(-1));
}

TEST(Report, IsOnePageWithTheDumpInIt) {
    threading::lock accounts{"accounts"};
    const threading::lock_guard guard(accounts);
    const std::string text = written(threading::report_html);
    EXPECT_EQ(text.rfind("<!doctype html>", 0), 0U);
    EXPECT_NE(text.find(R"("kind":"lock")"), std::string::npos);
    EXPECT_NE(text.find(R"("name":"accounts")"), std::string::npos);
    EXPECT_ERROR(errc::invalid_argument, threading::report_html(-1));
}

} // namespace
